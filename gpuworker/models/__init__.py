"""Models beside the checkpoints: those that enlarge, find, mask and describe."""
