"""JPEG: the first image in the file, without what cameras put into it and behind it.

Phones hang videos, depth maps and brighter copies behind a photo; a browser stops at the end of the first
image, and so does this. ITU-T T.81, annex B.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from storage.intake.decoded import MOST_LOST, CheckSize, Decoded, fitting
from storage.intake.orientation import orientation_in
from storage.intake.refused import LARGEST_JPEG, LARGEST_PICTURE, Damaged, Unusual

SIGNATURE = b"\xff\xd8\xff"
_EOI, _SOS, _APP1, _APP2 = 0xD9, 0xDA, 0xE1, 0xE2
_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
_SEQUENTIAL = {0xC0, 0xC1, 0xC9}
_NEEDED = _FRAMES | {0xC4, 0xCC, 0xDB, 0xDD, 0xDA}
"""Frames, tables, restart intervals and scans."""
_TELLING = {0xE0: (b"JFIF\0", 14), 0xEE: (b"Adobe", 12)}
"""Application segments that say how colours are stored: how they begin, and their least length."""
_BARE = {0x01, *range(0xD0, 0xD9)}
"""Markers without a length."""
_NEXT_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_MOST_SCANS = 100
"""Progressive ones have about ten; each may cost as much as decoding the whole picture."""
_MOST_SCANNED = 500_000_000
"""Pixels, over all scans: about 0.5 s."""
_MOST_BUFFERED = 250_000_000
"""Bytes of coefficients that libjpeg keeps, two each, until the last scan has come."""
_PROFILE = b"ICC_PROFILE\0"
_GREY = range(126, 131)
"""The brightness, or the black ink, that libjpeg gives to blocks that never arrived."""


@dataclass(slots=True)
class _Image:
    """The first image of a file."""

    segments: list[bytes] = field(default_factory=lambda: [b"\xff\xd8"])
    size: tuple[int, int] | None = None
    frame: int = 0
    depth: int = 8
    components: bytes = b""
    sampling: bytes = b""
    """Of each component, how densely it is sampled, across and down: four bits each."""
    scans: list[tuple[bytes, int, int]] = field(default_factory=list)
    """The components of each scan, and its first and last coefficient."""
    profile_parts: dict[int, bytes] = field(default_factory=dict)
    profile_count: int = 0
    orientation: int = 1
    open_scan: bool = False
    """Whether the file ends in a scan."""
    whole: bool = False


def read(data: bytes, check: CheckSize) -> Decoded:
    """Decode the first image. Raises Damaged, Unusual, and what `check` raises."""
    found = _first_image(data)
    if found.size is None or not found.scans:
        raise Damaged
    if found.depth != 8:
        raise Unusual(f"{found.depth} bits")
    if len(found.scans) > _MOST_SCANS:
        raise Damaged
    check(found.size, _most_pixels(found))
    if not found.whole and not _enough_scans(found):
        raise Damaged
    with Image.open(io.BytesIO(b"".join(found.segments) + b"\xff\xd9"), formats=("JPEG",)) as image:
        if found.size[0] * found.size[1] > LARGEST_PICTURE:
            # Half of it, a quarter or an eighth, as each block of 8 x 8 can be decoded (Pillow's `draft`): at
            # least the size that it is shrunk to anyway, and at most twice as many pixels a side.
            image.draft(None, fitting(found.size))
        image.load()
        picture = image if found.whole else _completed(image)
    return Decoded(picture, profile=_profile(found), orientation=found.orientation, original=found.size)


def _most_pixels(found: _Image) -> int:
    """Give the pixels that such a JPEG may have, by what it costs to decode one.

    One that is sent at once needs as much memory as what comes of it. The others are kept whole first.
    """
    if found.frame in _SEQUENTIAL and set(found.scans[0][0]) == set(found.components):
        return min(LARGEST_JPEG, _MOST_SCANNED // len(found.scans))
    dense = [(each >> 4) * (each & 15) for each in found.sampling]
    across, down = (max((each >> bits & 15 for each in found.sampling), default=0) for bits in (4, 0))
    if not across or not down:
        raise Damaged
    kept = 2 * sum(dense) / (across * down)
    return min(LARGEST_JPEG, _MOST_SCANNED // len(found.scans), int(_MOST_BUFFERED / kept))


def _first_image(data: bytes) -> _Image:
    found, at = _Image(), 2
    while (at := data.find(b"\xff", at)) >= 0:
        while data[at : at + 1] == b"\xff":
            at += 1
        if at + 3 > len(data) and data[at : at + 1] != bytes([_EOI]):
            break
        marker = data[at]
        at += 1
        if marker == _EOI:
            found.whole = True
            break
        if marker == 0 or marker in _BARE:
            continue
        length = int.from_bytes(data[at : at + 2], "big")
        if length < 2:
            raise Damaged
        if at + length > len(data):
            break
        body = data[at + 2 : at + length]
        begins, at = at, at + length
        if marker == _SOS:
            end = _NEXT_MARKER.search(data, at)
            at = end.start() if end else len(data)
            found.open_scan = end is None
            found.scans.append(_scan(body))
            if len(found.scans) > _MOST_SCANS:
                break
        _note(found, marker, body)
        if marker in _NEEDED or _tells_colours(marker, body):
            found.segments += (bytes((0xFF, marker)), data[begins:at])
    return found


def _tells_colours(marker: int, body: bytes) -> bool:
    begins, least = _TELLING.get(marker, (b"", 0))
    return bool(begins) and body.startswith(begins) and len(body) >= least


def _scan(body: bytes) -> tuple[bytes, int, int]:
    count = body[0] if body else 0
    if not 1 <= count <= 4 or len(body) < 3 + 2 * count:
        raise Damaged
    return body[1 : 1 + 2 * count : 2], body[1 + 2 * count], body[2 + 2 * count]


def _note(found: _Image, marker: int, body: bytes) -> None:
    if marker in _FRAMES and found.size is None:
        if len(body) < 6:
            raise Damaged
        found.frame, found.depth = marker, body[0]
        found.size = int.from_bytes(body[3:5], "big"), int.from_bytes(body[1:3], "big")
        found.components, found.sampling = body[6::3][: body[5]], body[7::3][: body[5]]
    elif marker == _APP1 and body.startswith(b"Exif\0\0") and found.orientation == 1:
        found.orientation = orientation_in(body)
    elif marker == _APP2 and body.startswith(_PROFILE) and len(body) > len(_PROFILE) + 2:
        number, found.profile_count = body[len(_PROFILE)], body[len(_PROFILE) + 1]
        found.profile_parts.setdefault(number, body[len(_PROFILE) + 2 :])


def _profile(found: _Image) -> bytes | None:
    """Join the parts of the profile, which count from one (ICC.1:2022, annex B.4)."""
    numbers = range(1, found.profile_count + 1)
    if not numbers or any(number not in found.profile_parts for number in numbers):
        return None
    return b"".join(found.profile_parts[number] for number in numbers)


def _enough_scans(found: _Image) -> bool:
    """Say whether what was sent before the missing end shows the whole picture, if coarsely.

    A picture of one scan is sent from top to bottom, and is examined once it is decoded.
    """
    if len(found.scans) == 1:
        return found.frame in _SEQUENTIAL and set(found.scans[0][0]) == set(found.components)
    sent = {
        (component, coefficient)
        for components, first, last in (found.scans[:-1] if found.open_scan else found.scans)
        for component in components
        for coefficient in (range(64) if found.frame in _SEQUENTIAL else range(first, min(last, 63) + 1))
    }
    return sent >= {(component, coefficient) for component in found.components for coefficient in range(64)}


def _completed(image: Image.Image) -> Image.Image:
    """Replace the blocks at the end that never arrived, which are grey, by what is above. Raises Damaged."""
    light = np.asarray(image.getchannel("K") if image.mode == "CMYK" else image.convert("L"))
    came: NDArray[np.bool_] = (light < _GREY.start) | (light >= _GREY.stop)
    rows = _last(np.any(came, axis=1))
    if (image.height - rows) * MOST_LOST > image.height:
        raise Damaged
    # Of the last row of blocks only those on the left may have come.
    columns = _last(came[rows - 1])
    above = _last(np.any(came[:rows, columns:], axis=1)) if columns < image.width else rows
    pixels = np.array(image)
    if 0 < above < rows:
        pixels[above:, columns:] = pixels[above - 1, columns:]
        pixels[rows:, :columns] = pixels[rows - 1, :columns]
    else:
        pixels[rows:] = pixels[rows - 1]
    return Image.fromarray(pixels, image.mode)


def _last(where: NDArray[np.bool_]) -> int:
    """Count the entries up to the last one that is true."""
    return len(where) - int(where[::-1].argmax()) if where.any() else 0
