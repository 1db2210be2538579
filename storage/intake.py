"""Members' files on their way in: what is a picture is cleaned and kept, what is not is refused kindly."""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from storage.holes import filled
from storage.jobs import MOST_SIDE

LARGEST_FILE = 12_000_000
"""Bytes."""
LARGEST_PICTURE = 20_000_000
"""Pixels, before anything is decoded."""
SHORTEST_SIDE = 8
MOST_STRETCHED = 8
"""Longer side to shorter side."""
_FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF")
_MODES = {"1", "L", "LA", "P", "PA", "RGB", "RGBA", "RGBX", "CMYK", "YCbCr", "I;16", "I;16B", "I;16L"}
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What undoes each orientation of EXIF 2.32, tag 0x0112."""
_ORIENTATION = 0x0112
_MOST_SCANS = 100
"""Of a JPEG. Progressive ones have about ten; each may cost as much as decoding the whole picture."""

_KEEPS_NOTHING = "The mask keeps nothing: leave it out, and the whole picture may change."
_DAMAGED = "is cut off or damaged: save it again, or send another one."


class IntakeError(ValueError):
    """The file is not taken; the message is one sentence that says what to do."""


@dataclass(frozen=True)
class Taken:
    """A cleaned picture, and what of it is to be painted anew, as PNG files without any metadata.

    `picture` is RGB of `size`, sides of 8 to 2048 pixels; `mask`, if any, is 8-bit grey of the same size:
    255 where the picture shall change, 0 elsewhere, and some of both.
    """

    picture: bytes
    mask: bytes | None
    size: tuple[int, int]


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
            raise IntakeError("The picture is transparent all over: send one that shows something.")
    if mask is not None:
        marked |= _marked(_opened(mask, "mask"), image.size)
        if marked.all():
            raise IntakeError(_KEEPS_NOTHING)
    size = _fitting(image.size)
    if size != image.size:
        image = image.resize(size, Image.Resampling.LANCZOS, reducing_gap=2)
    return Taken(
        picture=_png(_filled(image) if image.mode == "RGBA" else image),
        mask=_png(_shrunk(marked, size)) if marked.any() else None,
        size=size,
    )


def take_mask(mask: bytes, size: tuple[int, int]) -> bytes:
    """Clean a mask for a picture of that width and height which is kept already: 8-bit grey, as in `Taken`.

    Raises IntakeError.
    """
    marked = _marked(_opened(mask, "mask"), size)
    if marked.all():
        raise IntakeError(_KEEPS_NOTHING)
    return _png(_shrunk(marked, size))


def _solid(image: Image.Image) -> NDArray[np.bool_]:
    """Where one cannot see through an RGBA picture: (height, width)."""
    return np.asarray(image.getchannel("A")) >= 128


def _marked(mask: Image.Image, size: tuple[int, int]) -> NDArray[np.bool_]:
    """Where a mask is white: (height, width). Where one sees through it, it counts as black."""
    if mask.size != size:
        across, down = size
        raise IntakeError(
            f"The mask has {mask.width} x {mask.height} pixels and the picture {across} x {down}: "
            "send a mask of the picture's size."
        )
    black = Image.new("RGBA", size, "black")
    marked = np.asarray(Image.alpha_composite(black, mask.convert("RGBA")).convert("L")) >= 128
    if not marked.any():
        raise IntakeError("The mask is black all over: paint white what shall change.")
    return marked


def _shrunk(marked: NDArray[np.bool_], size: tuple[int, int]) -> Image.Image:
    """The mask in its final size: a pixel is marked when any that it stands for was."""
    mask = Image.fromarray(marked.astype(np.uint8) * 255)
    if mask.size == size:
        return mask
    return mask.resize(size, Image.Resampling.BOX).point(lambda value: 255 if value else 0)


def _fitting(size: tuple[int, int]) -> tuple[int, int]:
    """Sides of at most what a job may draw: larger pictures are made smaller."""
    longest = max(size)
    if longest <= MOST_SIDE:
        return size
    across, down = (max(SHORTEST_SIDE, round(side * MOST_SIDE / longest)) for side in size)
    return across, down


def _opened(data: bytes, what: str) -> Image.Image:
    """The first frame, upright, as RGB, or as RGBA if it has transparency. Raises IntakeError.

    Everything that can be known from the header is checked before a pixel is decoded.
    """
    if len(data) > LARGEST_FILE:
        raise IntakeError(
            f"The {what} has {len(data) / 1e6:.0f} MB: send one of at most {LARGEST_FILE // 10**6} MB."
        )
    try:
        with warnings.catch_warnings():
            # Pillow warns of what it finds odd in a file, and of sizes that are refused below.
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(data), formats=_FORMATS) as image:
                _check_header(image, data, what)
                return _upright(image)
    except IntakeError:
        raise
    except UnidentifiedImageError as error:
        raise IntakeError(
            f"The {what} is no picture that can be read here: send a PNG, JPEG, WebP, GIF, BMP or TIFF."
        ) from error
    except Image.DecompressionBombError as error:
        raise IntakeError(_too_many_pixels(what)) from error
    except Exception as error:
        # Decoders of files made to harm raise anything at all.
        raise IntakeError(f"The {what} {_DAMAGED}") from error


def _check_header(image: Image.Image, data: bytes, what: str) -> None:
    across, down = image.size
    if min(across, down) < SHORTEST_SIDE:
        raise IntakeError(
            f"The {what} has only {across} x {down} pixels: send one with at least {SHORTEST_SIDE} a side."
        )
    if max(across, down) > MOST_STRETCHED * min(across, down):
        raise IntakeError(
            f"The {what} is {across} x {down} pixels, which is too long and thin: cut it until one side is "
            f"at most {MOST_STRETCHED} times the other."
        )
    if across * down > LARGEST_PICTURE:
        raise IntakeError(_too_many_pixels(what))
    if image.mode not in _MODES:
        raise IntakeError(
            f"The {what} keeps its colours in an unusual way ({image.mode}): save it as a common PNG or JPEG."
        )
    if image.format == "JPEG" and data.count(b"\xff\xda") > _MOST_SCANS:
        raise IntakeError(f"The {what} {_DAMAGED}")


def _too_many_pixels(what: str) -> str:
    return f"The {what} has too many pixels: make it smaller, {LARGEST_PICTURE // 10**6} megapixels at most."


def _upright(image: Image.Image) -> Image.Image:
    image.load()
    orientation = image.getexif().get(_ORIENTATION)
    if image.mode.startswith("I;16"):
        image = Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
    seen_through = image.has_transparency_data
    image = image.convert("RGBA" if seen_through else "RGB")
    if seen_through and image.getchannel("A").getextrema() == (255, 255):
        image = image.convert("RGB")
    turn = _TURNS.get(orientation) if isinstance(orientation, int) else None
    return image if turn is None else image.transpose(turn)


def _filled(image: Image.Image) -> Image.Image:
    """RGBA to RGB. Behind a hole lies what is around it, and not what some program left there.

    A model that is to fill the hole sees it at the edges.
    """
    colours = np.asarray(image.convert("RGB")).astype(np.float32)
    return Image.fromarray(filled(colours, _solid(image)).round().astype(np.uint8))


def _png(image: Image.Image) -> bytes:
    """The same pixels are the same bytes, so that they are stored once."""
    image.info.clear()
    file = io.BytesIO()
    image.save(file, "PNG", compress_level=1)
    return file.getvalue()
