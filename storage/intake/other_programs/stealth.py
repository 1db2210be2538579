"""Texts hidden in the lowest bits of pixels: NovelAI's, and A1111's extension "stealth pnginfo".

Column by column, of the alpha channel or of all three colours: a signature, the number of bits that follow,
and the text, gzipped or not.
"""

from __future__ import annotations

import zlib

import numpy as np
from numpy.typing import NDArray

from storage.intake.decoded import Decoded
from storage.intake.other_programs.texts import LARGEST_TEXT

_SIGNATURE = len(b"stealth_pngcomp")
_COUNT = 4
_GZIP = 16 + zlib.MAX_WBITS


def hidden_text(decoded: Decoded) -> str | None:
    """Give the text that is hidden in a picture's pixels; None if there is none, or it makes no sense."""
    planes = [(np.asarray(decoded.colours), b"rgb")] if decoded.colours.mode == "RGB" else []
    if decoded.alpha is not None:
        planes.insert(0, (np.asarray(decoded.alpha), b"png"))
    for plane, kind in planes:
        if (text := _hidden_in(plane, kind)) is not None:
            return text
    return None


def _hidden_in(plane: NDArray[np.uint8], kind: bytes) -> str | None:
    start = _bytes(plane, _SIGNATURE + _COUNT)
    signature, count = start[:_SIGNATURE], int.from_bytes(start[_SIGNATURE:], "big")
    if signature not in (b"stealth_" + kind + b"comp", b"stealth_" + kind + b"info"):
        return None
    if not 0 < count <= 8 * LARGEST_TEXT:
        return None
    body = _bytes(plane, _SIGNATURE + _COUNT + count // 8)[_SIGNATURE + _COUNT :]
    if signature.endswith(b"comp"):
        unpacker = zlib.decompressobj(_GZIP)
        try:
            body = unpacker.decompress(body, LARGEST_TEXT)
        except zlib.error:
            return None
    return body.decode("utf-8", errors="replace") or None


def _bytes(plane: NDArray[np.uint8], count: int) -> bytes:
    """Give the first bytes of a plane (height, width) or (height, width, 3), the highest bit first."""
    pixels = -(-8 * count // (plane.shape[2] if plane.ndim == 3 else 1))
    columns = plane[:, : -(-pixels // plane.shape[0])].swapaxes(0, 1)
    return np.packbits(columns.reshape(-1)[: 8 * count] & 1).tobytes()
