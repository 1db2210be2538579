"""The families of checkpoints, a folder each: its record, its model and its published configurations."""
