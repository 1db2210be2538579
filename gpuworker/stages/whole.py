"""A picture of which all may change."""

from __future__ import annotations

from PIL import Image, ImageOps

from gpuworker.stages.bench import Bench
from gpuworker.stages.pieces import Source
from storage.jobs import Imagine
from storage.starts import Whole


def source(picture: Image.Image, start: Whole, task: Imagine, bench: Bench) -> Source:
    """Cut an RGB picture to the task's shape."""
    size = task.width, task.height
    return Source(ImageOps.fit(picture, size, Image.Resampling.LANCZOS), start.strength)
