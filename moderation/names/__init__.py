"""Names of people and characters: lists, and how they are recognised however they are written."""
