"""What the pocket world is: its scenes, how they are drawn and how they are told."""
