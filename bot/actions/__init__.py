"""What can be pressed, chosen or filled in under a message: one file each, joined in `table.py`."""
