"""How sharp edges are."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pocket.measures.outlines import Pixels

_EDGES = 0.05
"""The share of a picture's pixels that are on its edges, roughly."""


def edge_strength(pixels: Pixels) -> float:
    """Give the mean gradient of the brightness, in 255ths a pixel, of the steepest twentieth of a picture."""
    grey = pixels.astype(np.float32) @ np.array([0.299, 0.587, 0.114], np.float32)
    down, across = np.gradient(grey)
    steep = np.sort(np.hypot(down, across), axis=None)
    return float(steep[-max(1, round(_EDGES * steep.size)) :].mean())


def sharpness(pictures: Sequence[Pixels], drawings: Sequence[Pixels]) -> float:
    """Give the edges of pictures against those of drawings of the same scenes, 1 where they are as steep."""
    return sum(map(edge_strength, pictures)) / sum(map(edge_strength, drawings))
