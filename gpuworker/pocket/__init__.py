"""The pocket checkpoint: a small Stable Diffusion 1.x that ships with the package."""

from pathlib import Path

WEIGHTS = Path(__file__).parent / "weights"
"""Folder in diffusers' layout, for `StableDiffusionPipeline.from_pretrained`."""
