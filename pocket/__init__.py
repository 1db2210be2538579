"""The pocket world: drawn scenes with exact annotations, and small models trained on them that ship along."""

from pathlib import Path

WEIGHTS = Path(__file__).parent / "weights"
"""Folder of the models that ship with the package, one folder or file each."""
CHECKPOINT = WEIGHTS / "pocket"
"""The pocket checkpoint in diffusers' layout, for `StableDiffusionPipeline.from_pretrained`."""
