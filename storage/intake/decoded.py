"""What every format is decoded to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from PIL import Image

from storage.intake.refused import SHORTEST_SIDE
from storage.sizes import MOST_SIDE


class CheckSize(Protocol):
    """Raises IntakeError for a width and height that will not be decoded."""

    def __call__(self, size: tuple[int, int], most: int = ...) -> None:
        """Check them; `most` are the pixels that a format can be decoded of, if not as many as usual."""


MOST_LOST = 8
"""Browsers show a picture of which at most one part in so many is missing, and so it is taken."""


@dataclass(slots=True)
class Decoded:
    """The pixels of one frame as they are stored, and how they are meant to be seen.

    `colours` has the mode L, RGB, CMYK (255 is full ink) or LAB; `alpha` is L, 255 where it is opaque;
    `profile` is an ICC profile as the file gives it, which may be nonsense; `orientation` is EXIF's.
    `original` are the width and height in the file, if it was decoded smaller.
    """

    colours: Image.Image
    alpha: Image.Image | None = None
    profile: bytes | None = None
    orientation: int = 1
    original: tuple[int, int] | None = None

    @property
    def shows_nothing(self) -> bool:
        """Whether it is transparent all over: half transparent counts as transparent."""
        return self.alpha is not None and self.alpha.getextrema()[1] < SOLID  # type: ignore[operator]


SOLID = 128
"""Alpha from which a pixel counts as opaque."""


def split(image: Image.Image) -> Decoded:
    """Take the colours of a decoded picture apart from its transparency, by Pillow's own reading of it."""
    if image.has_transparency_data:
        seen = image.convert("RGBA")
        return Decoded(seen.convert("RGB"), seen.getchannel("A"))
    if image.mode in ("L", "RGB", "CMYK", "LAB"):
        return Decoded(image)
    return Decoded(image.convert("L" if image.mode == "1" else "RGB"))


def repeat_rows(image: Image.Image, known: range) -> Image.Image:
    """Repeat the outermost known rows over the rows that are lost, above or below them.

    Raises nothing; `known` has at least one row.
    """
    pixels = np.array(image)
    pixels[: known.start] = pixels[known.start]
    pixels[known.stop :] = pixels[known.stop - 1]
    return Image.fromarray(pixels, image.mode)


def fitting(size: tuple[int, int]) -> tuple[int, int]:
    """Give the sides that a job may draw at most: larger pictures are shrunk."""
    longest = max(size)
    if longest <= MOST_SIDE:
        return size
    across, down = (max(SHORTEST_SIDE, round(side * MOST_SIDE / longest)) for side in size)
    return across, down
