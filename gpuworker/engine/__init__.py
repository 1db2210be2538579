"""The only owner of the GPU: one denoising batch that requests join and leave at any step."""
