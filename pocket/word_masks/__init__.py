"""The pocket CLIPSeg: finds what words say in pictures of the pocket world."""
