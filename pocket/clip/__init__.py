"""The pocket CLIP: two small towers that know the pocket world, trained apart from its checkpoints."""
