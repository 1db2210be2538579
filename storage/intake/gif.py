"""GIF: each frame by itself, drawn over the last until there is something to see.

Graphics Interchange Format, version 89a (CompuServe, 1990).
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from PIL import Image

from storage.intake.decoded import MOST_LOST, CheckSize, Decoded
from storage.intake.frames import CLEARED, LEFT, RESTORED, Frame, first_shown
from storage.intake.palette import through_palette
from storage.intake.refused import Damaged

SIGNATURES = (b"GIF87a", b"GIF89a")
_IMAGE, _EXTENSION, _CONTROL = 0x2C, 0x21, 0xF9
_TABLE, _INTERLACED = 0x80, 0x40
_PASSES = ((0, 8), (4, 8), (2, 4), (1, 2))
"""Of interlacing: first row and step."""
_DISPOSALS = {2: CLEARED, 3: RESTORED}


@dataclass(slots=True)
class _Stored:
    """A frame as it lies in the file."""

    place: tuple[int, int]
    size: tuple[int, int]
    interlaced: bool
    palette: bytes
    clear: int | None
    dispose: int
    squeezed: bytes
    """The smallest code's size and the blocks of codes."""
    whole: bool


def read(data: bytes, check: CheckSize) -> Decoded:
    """Decode the first frame that shows something. Raises Damaged, and what `check` raises."""
    frames = _stored(data)
    first = next(frames, None)
    if first is None:
        raise Damaged
    # As browsers do: a first frame that is larger than the canvas makes it larger.
    claimed = struct.unpack_from("<HH", data, 6)
    size = (
        max(claimed[0], first.place[0] + first.size[0]),
        max(claimed[1], first.place[1] + first.size[1]),
    )
    check(size)

    def drawn() -> Iterator[Frame]:
        yield _frame(first)
        for stored in frames:
            fits = stored.size[0] <= size[0] and stored.size[1] <= size[1]
            if not fits or not stored.whole:
                return
            yield _frame(stored)

    shown = first_shown(size, drawn())
    assert shown is not None
    return shown


def _frame(stored: _Stored) -> Frame:
    try:
        indices = _indices(stored)
    except Exception:
        # What Pillow says of broken data is of every class.
        indices = _completed(stored)
    alpha = b"" if stored.clear is None else bytes([255] * stored.clear + [0])
    return Frame(through_palette(indices, stored.palette, alpha), stored.place, stored.dispose, over=True)


def _stored(data: bytes) -> Iterator[_Stored]:
    """List the frames as far as the file goes; the last may be cut short."""
    if len(data) < 13:
        return
    at, common = _table(data, 13, data[10])
    clear, dispose = None, LEFT
    while at < len(data):
        kind = data[at]
        if kind == _EXTENSION:
            if data[at + 1 : at + 3] == bytes((_CONTROL, 4)) and at + 7 <= len(data):
                packed = data[at + 3]
                clear = data[at + 6] if packed & 1 else None
                dispose = _DISPOSALS.get(packed >> 2 & 7, LEFT)
            at, _ = _blocks(data, at + 2)
        elif kind == _IMAGE and at + 10 < len(data):
            left, top, width, height, packed = struct.unpack_from("<4HB", data, at + 1)
            begins, own = _table(data, at + 10, packed)
            at, blocks = _blocks(data, begins + 1)
            if not (width and height):
                return
            yield _Stored(
                (left, top),
                (width, height),
                bool(packed & _INTERLACED),
                own or common or bytes(each for grey in range(256) for each in (grey, grey, grey)),
                clear,
                dispose,
                data[begins : begins + 1] + blocks,
                whole=blocks == data[begins + 1 : at],
            )
            clear, dispose = None, LEFT
        elif kind:
            return
        else:
            at += 1


def _table(data: bytes, at: int, packed: int) -> tuple[int, bytes]:
    """Give where the file goes on after a table of colours, and the table, if the flags say there is one."""
    length = 3 << (packed & 7) + 1 if packed & _TABLE else 0
    return at + length, data[at : at + length]


def _blocks(data: bytes, at: int) -> tuple[int, bytes]:
    """Give where a row of blocks ends, and the blocks; a file that ends earlier ends them, too."""
    begins = at
    while at < len(data):
        length = data[at]
        if length == 0:
            return at + 1, data[begins : at + 1]
        if at + length >= len(data):
            rest = data[at + 1 :]
            return len(data), data[begins:at] + (bytes([len(rest)]) + rest if rest else b"") + b"\0"
        at += 1 + length
    return len(data), data[begins:] + b"\0"


def _indices(stored: _Stored, rows: int | None = None) -> Image.Image:
    """Give the numbers of the colours, or those of the first rows as they are stored, by Pillow."""
    across, down = stored.size[0], stored.size[1] if rows is None else rows
    woven = stored.interlaced and rows is None
    ramp = bytes(each for grey in range(256) for each in (grey, 255 - grey, grey))
    file = b"".join(
        (
            b"GIF89a",
            struct.pack("<HHBBB", across, down, _TABLE | 7, 0, 0),
            ramp,
            struct.pack("<B4HB", _IMAGE, 0, 0, across, down, _INTERLACED if woven else 0),
            stored.squeezed,
            b";",
        )
    )
    with Image.open(io.BytesIO(file), formats=("GIF",)) as image:
        image.load()
        return Image.fromarray(np.asarray(image))


def _completed(stored: _Stored) -> Image.Image:
    """Give the rows that are there, and for the others those above them. Raises Damaged.

    How many are there is found by asking for fewer until none is missing.
    """
    height = stored.size[1]
    there = height - height // MOST_LOST
    image, most = _indices(stored, there), height
    while there < most:
        rows = (there + most + 1) // 2
        try:
            image = _indices(stored, rows)
        except Exception:
            # What Pillow says of broken data is of every class.
            most = rows - 1
        else:
            there = rows
    order = list(range(height))
    if stored.interlaced:
        order = [row for first, step in _PASSES for row in range(first, height, step)]
    numbers = np.zeros(stored.size[::-1], np.uint8)
    numbers[order[:there]] = np.asarray(image)
    for row in order[there:]:
        numbers[row] = numbers[row - 1]
    return Image.fromarray(numbers)
