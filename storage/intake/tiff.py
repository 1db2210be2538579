"""TIFF 6.0: the first page that is meant to be seen."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from storage.intake.decoded import CheckSize, Decoded, split
from storage.intake.frames import MOST_LOOKED_AT
from storage.intake.refused import Damaged, Unusual

SIGNATURES = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_MODES = {"1", "L", "LA", "P", "PA", "RGB", "RGBA", "RGBX", "CMYK", "YCbCr", "LAB", "I;16", "I;16B", "I;16L"}
_KIND, _BITS, _PHOTOMETRIC = 254, 258, 262
_THUMBNAIL = 1
_MOST_PAGES = 100


def read(data: bytes, check: CheckSize) -> Decoded:
    """Decode a page, upright. Raises Damaged, Unusual, and what `check` raises."""
    with Image.open(io.BytesIO(data), formats=("TIFF",)) as image:
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
        raise Unusual(image.mode)
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
