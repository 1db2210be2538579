"""The emulator against the real discord.py: what it serves, and what it refuses."""
