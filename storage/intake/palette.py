"""Indexed pictures: numbers of colours, and the table that says what those are."""

from __future__ import annotations

import numpy as np
from PIL import Image

from storage.intake.decoded import Decoded


def through_palette(indices: Image.Image, palette: bytes, alpha: bytes) -> Decoded:
    """Give the colours of an indexed picture (mode L or P).

    `palette` is RGB, `alpha` a byte for each entry, as far as they go: the rest is black, and opaque.
    """
    table = np.zeros((256, 3), np.uint8)
    entries = np.frombuffer(palette[:768], np.uint8)
    entries = entries[: len(entries) // 3 * 3].reshape(-1, 3)
    table[: len(entries)] = entries
    numbers = np.asarray(indices)
    colours = Image.fromarray(table[numbers])
    if not alpha:
        return Decoded(colours)
    opacity = np.full(256, 255, np.uint8)
    given = np.frombuffer(alpha[:256], np.uint8)
    opacity[: len(given)] = given
    return Decoded(colours, Image.fromarray(opacity[numbers]))
