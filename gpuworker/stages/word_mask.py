"""Masks from words: the part of a picture that shows what they say."""

from __future__ import annotations

import logging

from PIL import Image, ImageFilter

from gpuworker.checkpoints.errors import CheckpointError
from gpuworker.stages.bench import Bench, JobFailed

log = logging.getLogger(__name__)

_SURE = 0.4
"""Where CLIPSeg's rd64-refined draws the line best; the pocket model is sure or not."""
_LEAST_SHARE = 0.0005
"""Of a picture, that counts as a find."""
_GROWN_SHARE = 1 / 64
"""Of a picture's longer side, by which a mask grows: models stop short of outlines and shadows."""


def word_mask(picture: Image.Image, words: str, bench: Bench) -> Image.Image:
    """8-bit grey, of an RGB picture's size: 255 where it shows what `words` say, a little grown, 0 elsewhere.

    Raises JobFailed when it does not, or when this worker cannot tell.
    """
    try:
        model = bench.masks.get()
    except CheckpointError as error:
        log.error("words cannot be found in pictures: %s", error)
        raise JobFailed("Words cannot be found in pictures right now; the worker's log says why.") from error
    found = model.find(picture, words) >= _SURE
    if found.mean() < _LEAST_SHARE:
        raise JobFailed(f"I could not find “{words}” in this picture: try other words, or send a mask.")
    grown = 2 * round(_GROWN_SHARE * max(picture.size)) + 1
    return Image.fromarray(found).convert("L").filter(ImageFilter.MaxFilter(max(3, grown)))
