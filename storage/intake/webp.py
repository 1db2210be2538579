"""WebP, still or moving: https://developers.google.com/speed/webp/docs/riff_container and RFC 9649."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator

import numpy as np
from PIL import Image

from storage.intake.decoded import MOST_LOST, CheckSize, Decoded, repeat_rows, split
from storage.intake.frames import LEFT, Frame, first_shown
from storage.intake.orientation import orientation_in
from storage.intake.refused import Damaged

_ANIMATED, _ALPHA = 0x02, 0x10
_FILLED_UP = 2
"""Times the file: pixels made of filler may take more bytes than the missing ones took."""
_PIXELS = {b"ANIM", b"ANMF", b"ALPH", b"VP8 ", b"VP8L"}


def is_webp(data: bytes) -> bool:
    """Say whether a file begins like a WebP."""
    return data[:4] == b"RIFF" and data[8:12] == b"WEBP"


def read(data: bytes, check: CheckSize) -> Decoded:
    """Decode the first frame that shows something. Raises Damaged, and what `check` raises."""
    length = int.from_bytes(data[4:8], "little") + 8
    lost = max(0, length - len(data))
    if lost * MOST_LOST > length:
        raise Damaged
    chunks = _chunks(data[:length], length, b"\0")
    kinds = dict(reversed(chunks))
    for kind, body in chunks:
        if size := _claimed(kind, body):
            check(size)
    decoded = _decoded(_essence(chunks))
    if lost and b"ANIM" not in kinds:
        # What changes when the missing bytes are taken for others is what is missing.
        decoded = _completed(decoded, _decoded(_essence(_chunks(data, length, b"\xff"))))
    decoded.profile = kinds.get(b"ICCP")
    decoded.orientation = orientation_in(kinds.get(b"EXIF", b""))
    return decoded


def _chunks(data: bytes, length: int, filler: bytes) -> list[tuple[bytes, bytes]]:
    """List the chunks; the last one, if the file is cut off, with ample filler for what is missing."""
    found, at = [], 12
    while at + 8 <= len(data):
        kind, claimed = struct.unpack_from("<4sI", data, at)
        body = data[at + 8 : at + 8 + claimed]
        if len(body) < claimed and at + 8 + claimed <= length:
            body += filler * (claimed - len(body) + _FILLED_UP * len(data))
        found.append((kind, body))
        at += 8 + claimed + claimed % 2
    return found


def _claimed(kind: bytes, body: bytes) -> tuple[int, int] | None:
    """Give the width and height of the chunks that state them."""
    if kind == b"VP8X" and len(body) >= 10:
        return int.from_bytes(body[4:7], "little") + 1, int.from_bytes(body[7:10], "little") + 1
    if kind == b"VP8 " and len(body) >= 10:
        across, down = struct.unpack_from("<HH", body, 6)
        return across & 0x3FFF, down & 0x3FFF
    if kind == b"VP8L" and len(body) >= 5:
        packed = int.from_bytes(body[1:5], "little")
        return (packed & 0x3FFF) + 1, (packed >> 14 & 0x3FFF) + 1
    return None


def _essence(chunks: list[tuple[bytes, bytes]]) -> bytes:
    """Make a file of only those chunks that make the picture."""
    needed = []
    for kind, body in chunks:
        if kind == b"VP8X" and body:
            needed.append((kind, bytes([body[0] & (_ANIMATED | _ALPHA)]) + body[1:]))
        elif kind in _PIXELS:
            needed.append((kind, body))
    written = b"".join(
        struct.pack("<4sI", kind, len(body)) + body + bytes(len(body) % 2) for kind, body in needed
    )
    return b"RIFF" + struct.pack("<I", len(written) + 4) + b"WEBP" + written


def _decoded(file: bytes) -> Decoded:
    with Image.open(io.BytesIO(file), formats=("WEBP",)) as image:
        decoded = first_shown(image.size, _frames(image))
    if decoded is None:
        raise Damaged
    return decoded


def _frames(image: Image.Image) -> Iterator[Frame]:
    """Yield the canvas as it is after each step, by Pillow."""
    number = 0
    while True:
        try:
            image.seek(number)
            image.load()
        except Exception:
            # At the end EOFError; in broken files also others.
            if number == 0:
                raise
            return
        yield Frame(split(image), (0, 0), LEFT, over=False)
        number += 1


def _completed(image: Decoded, other: Decoded) -> Decoded:
    """Replace the rows in which the two differ by the last one in which they do not. Raises Damaged."""
    height = image.colours.height
    pixels, others = np.asarray(image.colours), np.asarray(other.colours)
    differs = (pixels != others).any(axis=(1, 2))
    rows = int(differs.argmax()) if differs.any() else height
    if (height - rows) * MOST_LOST > height:
        raise Damaged
    if rows < height:
        image.colours = repeat_rows(image.colours, range(rows))
        image.alpha = None if image.alpha is None else repeat_rows(image.alpha, range(rows))
    return image
