"""Which format a file has, by its first bytes, and what it is decoded to."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable
from functools import partial

from storage import png_chunks
from storage.intake import bmp, gif, jpeg, png, tiff, webp
from storage.intake.decoded import CheckSize, Decoded
from storage.intake.refused import (
    LARGEST_FILE,
    IntakeError,
    Unusual,
    check_size,
    check_weight,
    damaged,
    no_picture,
    unread,
    unusual,
)
from storage.intake.unread import unread_format

log = logging.getLogger(__name__)

_READERS: dict[tuple[bytes, ...], Callable[[bytes, CheckSize], Decoded]] = {
    (png_chunks.SIGNATURE,): png.read,
    (jpeg.SIGNATURE,): jpeg.read,
    gif.SIGNATURES: gif.read,
    (bmp.SIGNATURE,): bmp.read,
    tiff.SIGNATURES: tiff.read,
}


def decode(data: bytes, what: str, heaviest: int = LARGEST_FILE) -> Decoded:
    """Decode a file of at most `heaviest` bytes, which was meant to be a picture or a mask.

    Raises IntakeError. Everything that can be known from the header is checked before a pixel is decoded.
    """
    check_weight(data, what, heaviest)
    reader = _reader(data)
    if reader is None:
        known = unread_format(data)
        raise unread(what, known) if known else no_picture(what)
    try:
        with warnings.catch_warnings():
            # Pillow warns of what it finds odd in a file, and of sizes that are refused.
            warnings.simplefilter("ignore")
            return reader(data, partial(check_size, what=what))
    except IntakeError:
        raise
    except Unusual as error:
        raise unusual(what, error) from error
    except Exception as error:
        # Decoders of files made to harm raise anything at all.
        log.info("the %s could not be decoded: %r", what, error)
        raise damaged(what) from error


def _reader(data: bytes) -> Callable[[bytes, CheckSize], Decoded] | None:
    if webp.is_webp(data):
        return webp.read
    return next((read for starts, read in _READERS.items() if data.startswith(starts)), None)
