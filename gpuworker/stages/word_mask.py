"""A picture of which only that may change which words name: a mask is made of them."""

from __future__ import annotations

import logging

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from gpuworker.checkpoints.errors import CheckpointError
from gpuworker.stages.bench import Bench, JobFailed, WorkerLacks
from gpuworker.stages.pieces import Source
from gpuworker.stages.region import Box, Region, bounds_of, surroundings
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
_ROOM = 0.12
"""Of a thing's longer side, by which its mask grows: something else, of another shape, shall fit there."""
_MOST_FILLED = 1.7
"""Times the area of a thing, that its convex hull may have. Hair that frames a face is not filled up."""
_MOST_OF_PICTURE = 1 / 3
"""What covers more, or reaches two of the borders, is no thing but what things are in front of."""
_TINT, _OPACITY = "magenta", 0.6
_CONTEXT = 1.5
"""Sides of what is cut out, to those of the mask's box: a grown mask has some of the surroundings in it.

With more of them, a model that is told of a thing draws it half outside of the mask, where it is cut off.
"""


def source(picture: Image.Image, start: WordMask, task: Imagine, bench: Bench) -> Source:
    """Find the part of an RGB picture that shows what the words name. Raises JobFailed."""
    found = word_mask(picture, start.mask_words, bench)
    region = region_of(found, (task.width, task.height))
    return Source(picture, start.strength, ((region,),), marked=marked(picture, found))


def marked(picture: Image.Image, mask: Image.Image) -> Image.Image:
    """Tint in an RGB picture what a mask covers, so that one sees it and what is under it."""
    tinted = Image.blend(picture, Image.new("RGB", picture.size, _TINT), _OPACITY)
    return Image.composite(tinted, picture, mask)


def region_of(mask: Image.Image, size: tuple[int, int]) -> Region:
    """Give the region of such a mask, to be rendered in `size`, width and height."""
    return Region(mask, size, surroundings(bounds_of(mask), mask.size, size, _CONTEXT))


def word_mask(picture: Image.Image, words: str, bench: Bench) -> Image.Image:
    """Make a mask in 8-bit grey: 255 where an RGB picture shows what `words` say and around it, else 0.

    Raises JobFailed when it does not, or when this worker cannot tell.
    """
    try:
        model = bench.masks.get()
    except CheckpointError as error:
        log.error("words cannot be found in pictures: %s", error)
        raise WorkerLacks(
            Told("Words cannot be found in pictures right now; the worker's log says why.")
        ) from error
    found = model.find(picture, words) >= _SURE
    if found.mean() < _LEAST_SHARE:
        raise JobFailed(
            Told("I could not find “{words}” in this picture: try other words, or send a mask.", words=words)
        )
    return Image.fromarray(roomy(found))


def roomy(found: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Grow a find, booleans (height, width), to a mask of 0 and 255 that leaves nothing of it, and has room.

    Each thing is filled up to its convex hull, so that no scrap stays between its parts, and gets a rim.
    """
    joined = _grown(found.astype(np.uint8), max(1, round(_GROWN_SHARE * max(found.shape))))
    mask = np.zeros_like(joined)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(joined)
    for label in range(1, count):
        part = (labels == label).astype(np.uint8)
        left, top, width, height = (int(number) for number in stats[label][:4])
        if not _is_thing(part, (left, top, left + width, top + height)):
            mask |= part
            continue
        hull = _hull(part)
        filled = hull if hull.sum() <= _MOST_FILLED * part.sum() else part
        mask |= _grown(filled, round(_ROOM * max(width, height)))
    return mask * np.uint8(255)


def _is_thing(part: NDArray[np.uint8], box: Box) -> bool:
    down, across = part.shape
    left, top, right, bottom = box
    borders = (left == 0) + (top == 0) + (right == across) + (bottom == down)
    return borders < 2 and float(part.mean()) <= _MOST_OF_PICTURE


def _hull(part: NDArray[np.uint8]) -> NDArray[np.uint8]:
    corners = cv2.convexHull(np.argwhere(part)[:, ::-1].astype(np.int32))
    hull: NDArray[np.uint8] = cv2.fillConvexPoly(np.zeros_like(part), corners, 1).astype(np.uint8)
    return hull


def _grown(part: NDArray[np.uint8], by: int) -> NDArray[np.uint8]:
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * by + 1, 2 * by + 1))
    grown: NDArray[np.uint8] = cv2.dilate(part, disc).astype(np.uint8)
    return grown
