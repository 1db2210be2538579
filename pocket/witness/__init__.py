"""A network that was shown drawings alone, and says what of a face, a body or a likeness a picture shows."""
