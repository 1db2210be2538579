"""TIFF 6.0: the first page that is meant to be seen."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image, UnidentifiedImageError
from PIL.TiffImagePlugin import ImageFileDirectory_v2

from storage.intake.decoded import CheckSize, Decoded, split
from storage.intake.frames import MOST_LOOKED_AT
from storage.intake.refused import Damaged, Unusual

SIGNATURES = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_MODES = {"1", "L", "LA", "P", "PA", "RGB", "RGBA", "RGBX", "CMYK", "YCbCr", "LAB", "I;16", "I;16B", "I;16L"}
_KIND, _WIDTH, _BITS, _COMPRESSION, _PHOTOMETRIC, _NUMBERS = 254, 256, 258, 259, 262, 339
_MODES_OF_NUMBERS = {"F": "floating-point numbers", "I": "numbers of 32 bits"}
_KINDS_OF_NUMBERS = {2: "signed numbers", 3: "floating-point numbers", 6: "complex numbers"}
_THUMBNAIL = 1
_MOST_PAGES = 100


def read(data: bytes, check: CheckSize) -> Decoded:
    """Decode a page, upright. Raises Damaged, Unusual, and what `check` raises."""
    with _opened(data) as image:
        last: Decoded | None = None
        looked_at = 0
        for page in range(_MOST_PAGES):
            try:
                image.seek(page)
            except EOFError:
                break
            if _is_thumbnail(image) and _has_page(image, page + 1):
                continue
            check(image.size)
            decoded = _decoded(image)
            last = decoded
            looked_at += image.width * image.height
            if not decoded.shows_nothing or looked_at >= MOST_LOOKED_AT:
                break
    if last is None:
        raise Damaged
    return last


def _opened(data: bytes) -> Image.Image:
    """Open the file. Raises Unusual if it has a directory, but nothing in it that Pillow knows."""
    try:
        return Image.open(io.BytesIO(data), formats=("TIFF",))
    except UnidentifiedImageError:
        if storing := _storing(data):
            raise Unusual(storing) from None
        raise


def _storing(data: bytes) -> str | None:
    """Say how the first page stores its colours; None if its directory is cut off or makes no sense."""
    file = io.BytesIO(data)
    try:
        directory = ImageFileDirectory_v2(file.read(16 if data[2:3] == b"+" or data[3:4] == b"+" else 8))
        file.seek(directory.next)
        directory.load(file)
        bits, numbers = (directory.get(tag) for tag in (_BITS, _NUMBERS))
        if _WIDTH not in directory or not isinstance(bits, tuple):
            return None
        kind = _KINDS_OF_NUMBERS.get(numbers[0] if isinstance(numbers, tuple) else 1, "numbers")
        return f"{kind} of {max(bits)} bits, compression {directory.get(_COMPRESSION, 1)}"
    except Exception:
        # Directories of files made to harm raise anything at all.
        return None


def _tags(image: Image.Image) -> dict[int, object]:
    return getattr(image, "tag_v2", {})


def _is_thumbnail(image: Image.Image) -> bool:
    kind = _tags(image).get(_KIND, 0)
    return isinstance(kind, int) and bool(kind & _THUMBNAIL)


def _has_page(image: Image.Image, page: int) -> bool:
    current = image.tell()
    try:
        image.seek(page)
    except Exception:
        # At the end EOFError; in broken directories also others.
        return False
    finally:
        image.seek(current)
    return True


def _decoded(image: Image.Image) -> Decoded:
    tags, profile = _tags(image), image.info.get("icc_profile")
    if image.mode not in _MODES:
        raise Unusual(_MODES_OF_NUMBERS.get(image.mode, image.mode))
    white_is_zero, bits = tags.get(_PHOTOMETRIC) == 0, tags.get(_BITS)
    # Pillow turns it upright while loading.
    image.load()
    if image.mode.startswith("I;16"):
        depth = bits[0] if isinstance(bits, tuple) and bits and isinstance(bits[0], int) else 16
        values = np.asarray(image) >> max(0, depth - 8)
        decoded = Decoded(Image.fromarray((255 - values if white_is_zero else values).astype(np.uint8)))
    else:
        decoded = split(image)
    if isinstance(profile, bytes) and image.mode != "LAB":
        decoded.profile = profile
    return decoded
