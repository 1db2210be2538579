"""What LoRA files say, and what is computed with them."""
