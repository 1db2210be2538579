"""Members' files on their way in: pictures are cleaned, and everything else is refused in a sentence."""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from moderation.told import Told
from storage.holes import filled
from storage.intake.colours import to_srgb
from storage.intake.decoded import SOLID
from storage.intake.formats import decode
from storage.intake.orientation import upright
from storage.intake.refused import (
    LARGEST_FILE,
    LARGEST_OF_OURS,
    SHORTEST_SIDE,
    IntakeError,
    damaged,
    transparent,
)
from storage.intake.taken import Taken
from storage.recipe_file import recipes_told
from storage.sizes import MOST_SIDE

__all__ = ["LARGEST_FILE", "LARGEST_OF_OURS", "IntakeError", "Taken", "look_at", "take_in", "take_mask"]

_KEEPS_NOTHING = Told("The mask keeps nothing: leave it out, and the whole picture may change.")


def take_in(picture: bytes, mask: bytes | None = None) -> Taken:
    """Clean a member's picture, and the mask that goes with it: white where the picture shall change.

    Transparent pixels belong to the mask too; the colours around them are spread over them. Raises
    IntakeError.
    """
    image = _opened(picture, "picture")
    marked = np.zeros((image.height, image.width), bool)
    if image.mode == "RGBA":
        marked |= ~_solid(image)
        if marked.all():
            raise transparent("picture")
    if mask is not None:
        marked |= _marked(_opened(mask, "mask"), image.size)
        if marked.all():
            raise IntakeError(_KEEPS_NOTHING)
    original, size = image.size, _fitting(image.size)
    if size != original:
        image = image.resize(size, Image.Resampling.LANCZOS, reducing_gap=2)
    return Taken(
        picture=_png(_filled(image) if image.mode == "RGBA" else image),
        mask=_png(_shrunk(marked, size)) if marked.any() else None,
        size=size,
        original=original,
        recipes=recipes_told(picture),
    )


def take_mask(mask: bytes, size: tuple[int, int]) -> bytes:
    """Clean a mask for a stored picture of that width and height: 8-bit grey, as in `Taken`.

    Raises IntakeError.
    """
    marked = _marked(_opened(mask, "mask"), size)
    if marked.all():
        raise IntakeError(_KEEPS_NOTHING)
    return _png(_shrunk(marked, size))


def look_at(picture: bytes) -> Image.Image:
    """Give what a file shows, in RGB and its own size; `take_in` would make the same of it.

    It may be as heavy as what Darkroom writes itself. Raises IntakeError.
    """
    image = _opened(picture, "picture", LARGEST_OF_OURS)
    return _filled(image) if image.mode == "RGBA" else image


def _solid(image: Image.Image) -> NDArray[np.bool_]:
    """Give where an RGBA picture is opaque: booleans (height, width)."""
    return np.asarray(image.getchannel("A")) >= SOLID


def _marked(mask: Image.Image, size: tuple[int, int]) -> NDArray[np.bool_]:
    """Give where a mask is white: booleans (height, width). Its transparent pixels count as black."""
    if mask.size != size:
        raise IntakeError(
            Told(
                "The mask has {width} x {height} pixels and the picture {across} x {down}: "
                "send a mask of the picture's size.",
                width=mask.width,
                height=mask.height,
                across=size[0],
                down=size[1],
            )
        )
    black = Image.new("RGBA", size, "black")
    marked = np.asarray(Image.alpha_composite(black, mask.convert("RGBA")).convert("L")) >= 128
    if not marked.any():
        raise IntakeError(Told("The mask is black all over: paint white what shall change."))
    return marked


def _shrunk(marked: NDArray[np.bool_], size: tuple[int, int]) -> Image.Image:
    """Shrink a mask: a pixel is marked if any of those that it stands for was."""
    mask = Image.fromarray(marked.astype(np.uint8) * 255)
    if mask.size == size:
        return mask
    return mask.resize(size, Image.Resampling.BOX).point(lambda value: 255 if value else 0)


def _fitting(size: tuple[int, int]) -> tuple[int, int]:
    """Give the sides that a job may draw at most: larger pictures are shrunk."""
    longest = max(size)
    if longest <= MOST_SIDE:
        return size
    across, down = (max(SHORTEST_SIDE, round(side * MOST_SIDE / longest)) for side in size)
    return across, down


def _opened(data: bytes, what: str, heaviest: int = LARGEST_FILE) -> Image.Image:
    """Give what a browser shows of a file: RGB in sRGB, or RGBA with transparency. Raises IntakeError."""
    decoded = decode(data, what, heaviest)
    try:
        image = to_srgb(decoded.colours, decoded.profile)
    except Exception as error:
        raise damaged(what) from error
    if decoded.alpha is not None and decoded.alpha.getextrema() != (255, 255):
        image.putalpha(decoded.alpha)
    return upright(image, decoded.orientation)


def _filled(image: Image.Image) -> Image.Image:
    """Turn RGBA into RGB. What was transparent gets the colours around it, not what some program left there.

    A model that is to fill the hole sees them at its edges.
    """
    colours = np.asarray(image.convert("RGB")).astype(np.float32)
    return Image.fromarray(filled(colours, _solid(image)).round().astype(np.uint8))


def _png(image: Image.Image) -> bytes:
    """Write a PNG in which equal pixels are equal bytes, so that they are stored once."""
    image.info.clear()
    file = io.BytesIO()
    image.save(file, "PNG", compress_level=1)
    return file.getvalue()
