"""Filling holes in a picture from what is around them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image


def filled(values: NDArray[np.float32], known: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Spread known pixels of `values` (height, width, channels) over the unknown ones, from coarse to fine.

    The pull and push of Gortler et al., "The Lumigraph" (SIGGRAPH 1996): at half the size most holes are
    gone, and where one is left, its filling at half the size is good enough. All zeros if nothing is known.
    """
    if known.all():
        return values
    if known.size == 1:
        return np.zeros_like(values)
    weights = known.astype(np.float32)[..., None]
    share = _halved(weights)
    coarse = _halved(values * weights) / share.clip(1e-6)
    behind = filled(coarse, share[..., 0] > 0)
    height, width = known.shape
    planes = [
        Image.fromarray(plane).resize((width, height), Image.Resampling.BILINEAR)
        for plane in np.moveaxis(behind, -1, 0)
    ]
    return np.where(known[..., None], values, np.dstack([np.asarray(plane) for plane in planes]))


def _halved(values: NDArray[np.float32]) -> NDArray[np.float32]:
    planes = [Image.fromarray(plane).reduce(2) for plane in np.moveaxis(values, -1, 0)]
    return np.dstack([np.asarray(plane) for plane in planes])
