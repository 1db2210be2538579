"""The size of a picture: by the name of a shape, by a ratio, or in pixels."""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum
from itertools import product
from math import floor, log

from moderation.told import Told
from storage.sizes import LEAST_SIDE, MOST_SIDE, MOST_STRETCHED, is_too_thin, too_thin

SIDE_STEP = 32
"""Sides are multiples of this if one is near enough: the latents (1/8) halve evenly twice in the UNet."""
_UNEVEN = {SIDE_STEP: 0.0, 16: 0.02, 8: 0.07}
"""What it costs to draw on finer steps: the less evenly latents halve, the more often things come twice."""
_TOO_LARGE, _TOO_SMALL, _STRETCHED = 2.0, 0.7, 1.5
"""What it costs, by the logarithm (squared, if too small), to miss the area or the shape.

Of 16 drawings by pocket, 6 had a thing twice at 1.5 times the area, 4 to 7 at 1.02 to 1.04 times, and
0 to 3 at sizes chosen so; of square ones, 2 had.
"""
_RATIO = re.compile(r"(?P<across>\d{1,4}(?:[.,]\d{1,4})?)\s*[:/∶꞉]\s*(?P<down>\d{1,4}(?:[.,]\d{1,4})?)")
"""Also with the sign for ratios, and with a comma, as most of Europe writes fractions."""
_PIXELS = re.compile(r"(?P<across>\d{1,6})\s*[x×*]\s*(?P<down>\d{1,6})")


class NoSuchSize(ValueError):
    """What was typed is no size of a picture; the message is a sentence that says what is."""


class Size(StrEnum):
    """The shape of a picture."""

    SQUARE = "square"
    PORTRAIT = "portrait"
    LANDSCAPE = "landscape"
    WIDE = "wide"

    def pixels(self, side: int) -> tuple[int, int]:
        """Give width and height for a checkpoint that was trained on squares of `side` pixels."""
        return size_like(*_SHAPES[self], side)


_SHAPES = {Size.SQUARE: (1, 1), Size.PORTRAIT: (2, 3), Size.LANDSCAPE: (3, 2), Size.WIDE: (7, 4)}


def size_said(said: str, side: int) -> tuple[int, int]:
    """Give width and height for `wide`, `16:9` or `1024x576`, on a checkpoint trained on `side` pixels.

    Only a size in pixels may have more or fewer of them than such a checkpoint was trained on. Raises
    NoSuchSize.
    """
    # Keyboards for Japanese write digits and colons as wide as other signs.
    plain = " ".join(unicodedata.normalize("NFKC", said).split()).casefold()
    if plain in list(Size):
        return Size(plain).pixels(side)
    ratio = _RATIO.fullmatch(plain)
    across, down = (float(side.replace(",", ".")) for side in ratio.groups()) if ratio else (0.0, 0.0)
    if across or down:
        if is_too_thin(across, down):
            raise NoSuchSize(too_thin(said))
        return size_like(across, down, side)
    if pixels := _PIXELS.fullmatch(plain):
        return _exactly(int(pixels["across"]), int(pixels["down"]))
    raise NoSuchSize(
        Told(
            "{typed!r} is no size: choose {shapes}, a ratio such as 16:9, or pixels such as 1024x576.",
            typed=said,
            shapes=", ".join(Size),
        )
    )


def size_like(across: float, down: float, side: int) -> tuple[int, int]:
    """Give width and height in the shape of a picture, with about as many pixels as a square of `side`."""
    ratio, area = across / down, side * side
    ideal = (area * ratio) ** 0.5, (area / ratio) ** 0.5

    def cost(choice: tuple[int, int, int]) -> float:
        width, height, step = choice
        grown = log(width * height / area)
        missed = _TOO_LARGE * grown if grown > 0 else _TOO_SMALL * grown**2
        return missed + _STRETCHED * abs(log(width / height / ratio)) + _UNEVEN[step]

    choices = [
        (width, height, step)
        for step in _UNEVEN
        for width, height in product(_near(ideal[0], step), _near(ideal[1], step))
    ]
    return min(choices, key=cost)[:2]


def _near(pixels: float, step: int) -> list[int]:
    """List the multiples of `step` near it, as far as such sides are possible."""
    below = floor(pixels / step) * step
    return [min(max(below + more, LEAST_SIDE), MOST_SIDE) for more in (-step, 0, step)]


def nearest_drawn(across: int, down: int) -> tuple[int, int]:
    """Give the width and height nearest to these that can be drawn: the same, if they can."""
    width, height = (min(max(round(side / 8) * 8, LEAST_SIDE), MOST_SIDE) for side in (across, down))
    least = -(-max(width, height) // MOST_STRETCHED // 8) * 8
    return max(width, least), max(height, least)


def _exactly(across: int, down: int) -> tuple[int, int]:
    near = nearest_drawn(across, down)
    if near != (across, down):
        if all(side % 8 == 0 and LEAST_SIDE <= side <= MOST_SIDE for side in (across, down)):
            raise NoSuchSize(too_thin(f"{across}x{down}"))
        raise NoSuchSize(
            Told(
                "{across}x{down} cannot be drawn: sides are multiples of 8 from {least} to {most}, such as "
                "{width}x{height}.",
                across=across,
                down=down,
                least=LEAST_SIDE,
                most=MOST_SIDE,
                width=near[0],
                height=near[1],
            )
        )
    return across, down
