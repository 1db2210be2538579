"""Whether circles are round, stars have five tips, and houses a door and a roof."""

from __future__ import annotations

from random import Random

import cv2
import numpy as np
from numpy.typing import NDArray

from pocket.measures.outlines import (
    Pixels,
    Region,
    filled,
    isoperimetric_quotient,
    nearness,
    radii,
    regions,
)
from pocket.world.backgrounds import paint_background
from pocket.world.canvas import DARK
from pocket.world.drawing import SIZE
from pocket.world.scene import COLOURS
from pocket.world.shapes import SHAPES, Part

_LEAST = 60
"""Pixels of the smallest region that is looked at."""
_TIP = 0.12
"""How far a star's tip stands out of what is around it, in shares of the longest."""
_SEEN = 0.5
_WALL, _ROOF, _DOOR, _ = SHAPES["house"]
_ROOF_SHADE = 0.55


def stands_out(background: str, colour: str) -> bool:
    """Say whether nothing of a background could be taken for a thing of this colour."""
    sheets = [paint_background(background, (SIZE, SIZE), Random(seed)).convert("RGB") for seed in range(8)]
    return not any(regions(nearness(np.asarray(sheet), COLOURS[colour]), _LEAST) for sheet in sheets)


def largest(pixels: Pixels, colour: str) -> Region | None:
    """Give the largest region of a colour of COLOURS, or None where there is hardly anything of it."""
    found = regions(nearness(pixels, COLOURS[colour]), _LEAST)
    return found[0] if found else None


def roundness(pixels: Pixels, colour: str) -> float:
    """Give the isoperimetric quotient of the largest region of a colour, 0 if there is none."""
    region = largest(pixels, colour)
    return isoperimetric_quotient(filled(region)) if region else 0.0


def tips(pixels: Pixels, colour: str) -> int:
    """Say how many tips the largest region of a colour has."""
    region = largest(pixels, colour)
    if region is None:
        return 0
    far = radii(filled(region))
    smooth = ((np.roll(far, 1) + 2 * far + np.roll(far, -1)) / 4).astype(np.float32)
    return _peaks(smooth, _TIP * float(smooth.max()))


def _peaks(values: NDArray[np.float32], least: float) -> int:
    """Say how often values on a ring rise by `least` and fall by as much again."""
    count, rising = 0, True
    start = int(values.argmin())
    low = high = float(values[start])
    for value in [*np.roll(values, -start).tolist(), low]:
        if rising:
            high = max(high, value)
            if high - value >= least and high - low >= least:
                count, rising, low = count + 1, False, value
            elif high - low < least:
                low = min(low, value)
                high = max(value, low)
        else:
            low = min(low, value)
            if value - low >= least:
                rising, high = True, value
    return count


def house_parts(pixels: Pixels, colour: str) -> tuple[bool, bool]:
    """Say whether the largest region of a colour has a door in it, and a darker roof on it."""
    body = largest(pixels, colour)
    if body is None:
        return False, False
    rows, columns = np.nonzero(filled(body).mask)
    (wall_left, _), _, (wall_right, wall_bottom), _ = _WALL.points
    unit = (columns.max() + 1 - columns.min()) / (wall_right - wall_left)
    middle, ground = (columns.min() + columns.max() + 1) / 2, rows.max() + 1

    def where(part: Part) -> NDArray[np.bool_]:
        """Say where a part should be, were the house drawn around its walls."""
        points = [(middle + unit * x, ground + unit * (y - wall_bottom)) for x, y in part.points]
        mask = np.zeros(pixels.shape[:2], np.uint8)
        return cv2.fillPoly(mask, [np.round(points).astype(np.int32)], 1).astype(np.bool_)

    red, green, blue = (round(_ROOF_SHADE * channel) for channel in COLOURS[colour])
    dark, tiled = nearness(pixels, DARK) > 0, nearness(pixels, (red, green, blue)) > 0
    return _share(dark, where(_DOOR)) >= _SEEN, _share(tiled, where(_ROOF)) >= _SEEN


def _share(seen: NDArray[np.bool_], where: NDArray[np.bool_]) -> float:
    return float(seen[where].mean()) if where.any() else 0.0
