"""A network that was shown drawn faces alone, finds them and says how they look, in numbers."""
