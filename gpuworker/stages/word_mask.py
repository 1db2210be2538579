"""A picture of which only that may change which words name: a mask is made of them."""

from __future__ import annotations

import logging

from PIL import Image, ImageFilter

from gpuworker.checkpoints.errors import CheckpointError
from gpuworker.stages.bench import Bench, JobFailed
from gpuworker.stages.pieces import Source
from gpuworker.stages.region import Region
from moderation.told import Told
from storage.jobs import Imagine
from storage.starts import WordMask

log = logging.getLogger(__name__)

_SURE = 0.4
"""Where CLIPSeg's rd64-refined draws the line best; the pocket model is sure or not."""
_LEAST_SHARE = 0.0005
"""Of a picture, that counts as a find."""
_GROWN_SHARE = 1 / 64
"""Of a picture's longer side, by which a mask grows: models stop short of outlines and shadows."""


def source(picture: Image.Image, start: WordMask, task: Imagine, bench: Bench) -> Source:
    """Find the part of an RGB picture that shows what the words name. Raises JobFailed."""
    found = word_mask(picture, start.mask_words, bench)
    return Source(picture, start.strength, ((Region(found, (task.width, task.height)),),))


def word_mask(picture: Image.Image, words: str, bench: Bench) -> Image.Image:
    """Make a mask in 8-bit grey: 255 where an RGB picture shows what `words` say, a little grown, else 0.

    Raises JobFailed when it does not, or when this worker cannot tell.
    """
    try:
        model = bench.masks.get()
    except CheckpointError as error:
        log.error("words cannot be found in pictures: %s", error)
        raise JobFailed(
            Told("Words cannot be found in pictures right now; the worker's log says why.")
        ) from error
    found = model.find(picture, words) >= _SURE
    if found.mean() < _LEAST_SHARE:
        raise JobFailed(
            Told("I could not find “{words}” in this picture: try other words, or send a mask.", words=words)
        )
    grown = 2 * round(_GROWN_SHARE * max(picture.size)) + 1
    return Image.fromarray(found).convert("L").filter(ImageFilter.MaxFilter(max(3, grown)))
