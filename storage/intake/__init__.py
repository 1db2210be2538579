"""Members' files on their way in: pictures are cleaned, and everything else is refused in a sentence."""

from __future__ import annotations

import io
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from moderation.told import Told
from storage.holes import filled
from storage.intake.colours import to_srgb
from storage.intake.decoded import SOLID, fitting
from storage.intake.formats import decode
from storage.intake.orientation import is_turned, upright
from storage.intake.refused import (
    LARGEST_FILE,
    LARGEST_OF_OURS,
    IntakeError,
    damaged,
    transparent,
)
from storage.intake.taken import Taken
from storage.recipe_file import recipes_told

__all__ = ["LARGEST_FILE", "LARGEST_OF_OURS", "IntakeError", "Taken", "look_at", "take_in", "take_mask"]

_KEEPS_NOTHING = Told("The mask keeps nothing: leave it out, and the whole picture may change.")


def take_in(picture: bytes, mask: bytes | None = None) -> Taken:
    """Clean a member's picture, and the mask that goes with it: white where the picture shall change.

    Transparent pixels belong to the mask too; the colours around them are spread over them. Raises
    IntakeError.
    """
    image, original = _opened(picture, "picture")
    marked = np.zeros((image.height, image.width), bool)
    if image.mode == "RGBA":
        marked |= ~_solid(image)
        if marked.all():
            raise transparent("picture")
    if mask is not None:
        marked |= _marked(_opened(mask, "mask"), image.size, original)
        if marked.all():
            raise IntakeError(_KEEPS_NOTHING)
    size = fitting(image.size)
    if size != image.size:
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
    marked = _marked(_opened(mask, "mask"), size, size)
    if marked.all():
        raise IntakeError(_KEEPS_NOTHING)
    return _png(_shrunk(marked, size))


def look_at(picture: bytes) -> Image.Image:
    """Give what a file shows, in RGB; `take_in` would make the same of it.

    It has its own size, or that at which a very large JPEG is decoded. It may be as heavy as what Darkroom
    writes itself. Raises IntakeError.
    """
    image, _ = _opened(picture, "picture", LARGEST_OF_OURS)
    return _filled(image) if image.mode == "RGBA" else image


def _solid(image: Image.Image) -> NDArray[np.bool_]:
    """Give where an RGBA picture is opaque: booleans (height, width)."""
    return np.asarray(image.getchannel("A")) >= SOLID


def _marked(mask: _Opened, size: tuple[int, int], original: tuple[int, int]) -> NDArray[np.bool_]:
    """Give where a mask is white: booleans (height, width) of `size`. Its transparent pixels count as black.

    It has to be of the picture's `original` size. Where that is more than a mask can have, so that the
    picture was decoded smaller, it may be of another size in that shape.
    """
    image = mask.image
    if mask.original != original and (original == size or not _same_shape(mask.original, original)):
        raise IntakeError(
            Told(
                "The mask has {width} x {height} pixels and the picture {across} x {down}: "
                "send a mask of the picture's size.",
                width=mask.original[0],
                height=mask.original[1],
                across=original[0],
                down=original[1],
            )
        )
    black = Image.new("RGBA", image.size, "black")
    grey = Image.alpha_composite(black, image.convert("RGBA")).convert("L")
    marked = np.asarray(grey if grey.size == size else grey.resize(size, Image.Resampling.BOX)) >= 128
    if not marked.any():
        raise IntakeError(Told("The mask is black all over: paint white what shall change."))
    return marked


def _same_shape(one: tuple[int, int], other: tuple[int, int]) -> bool:
    """Say whether sizes differ in scale alone, but for a rounded pixel."""
    return all(abs(one[0] * other[1] - one[1] * other[0]) <= max(size) for size in (one, other))


def _shrunk(marked: NDArray[np.bool_], size: tuple[int, int]) -> Image.Image:
    """Shrink a mask: a pixel is marked if any of those that it stands for was."""
    mask = Image.fromarray(marked.astype(np.uint8) * 255)
    if mask.size == size:
        return mask
    return mask.resize(size, Image.Resampling.BOX).point(lambda value: 255 if value else 0)


class _Opened(NamedTuple):
    """What a browser shows of a file: RGB in sRGB, or RGBA with transparency."""

    image: Image.Image
    original: tuple[int, int]
    """The width and height that it shows it in; the image may be smaller."""


def _opened(data: bytes, what: str, heaviest: int = LARGEST_FILE) -> _Opened:
    """Decode a file, upright. Raises IntakeError."""
    decoded = decode(data, what, heaviest)
    try:
        image = to_srgb(decoded.colours, decoded.profile)
    except Exception as error:
        raise damaged(what) from error
    if decoded.alpha is not None and decoded.alpha.getextrema() != (255, 255):
        image.putalpha(decoded.alpha)
    across, down = decoded.original or image.size
    shown = upright(image, decoded.orientation)
    return _Opened(shown, (down, across) if is_turned(decoded.orientation) else (across, down))


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
