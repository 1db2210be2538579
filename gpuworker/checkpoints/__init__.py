"""The checkpoints a worker can serve: finding, verifying and loading them."""
