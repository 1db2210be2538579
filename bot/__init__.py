"""The Discord side: commands and buttons in, pictures out."""
