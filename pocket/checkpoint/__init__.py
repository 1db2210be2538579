"""Trains the pocket checkpoints, small Stable Diffusions of the pocket world."""
