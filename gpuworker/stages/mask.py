"""A picture of which only that may change which is masked."""

from __future__ import annotations

from PIL import Image

from gpuworker.stages.bench import Bench, JobFailed
from gpuworker.stages.fetch import fetch, opened
from gpuworker.stages.pieces import Source
from gpuworker.stages.region import Region
from moderation.told import Told
from storage.jobs import Imagine
from storage.starts import Mask


def source(picture: Image.Image, start: Mask, task: Imagine, bench: Bench) -> Source:
    """Find the masked part of an RGB picture. Raises JobFailed if the mask is gone or does not fit."""
    mask = opened(fetch(bench, start.mask)).convert("L")
    if mask.size != picture.size or mask.getbbox() is None:
        raise JobFailed(Told("The mask does not fit the picture: please send both again."))
    return Source(picture, start.strength, ((Region(mask, (task.width, task.height)),),))
