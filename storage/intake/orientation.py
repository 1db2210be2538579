"""How a camera was held: the orientation in EXIF, read so that broken EXIF is none."""

from __future__ import annotations

import struct

from PIL import Image

_ORIENTATION = 0x0112
_SHORT, _LONG = 3, 4
_MOST_ENTRIES = 1000

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


def orientation_in(exif: bytes) -> int:
    """Read the orientation, 1 to 8, from EXIF with or without its `Exif` header; 1 where it makes no sense.

    The first directory of TIFF 6.0, section 2.
    """
    tiff = exif.removeprefix(b"Exif\0\0")
    endian = {b"II*\0": "<", b"MM\0*": ">"}.get(tiff[:4])
    if endian is None:
        return 1
    try:
        (directory,) = struct.unpack_from(endian + "I", tiff, 4)
        (entries,) = struct.unpack_from(endian + "H", tiff, directory)
        for index in range(min(entries, _MOST_ENTRIES)):
            place = directory + 2 + 12 * index
            tag, kind, count = struct.unpack_from(endian + "HHI", tiff, place)
            if tag == _ORIENTATION and count == 1 and kind in (_SHORT, _LONG):
                (said,) = struct.unpack_from(endian + ("H" if kind == _SHORT else "I"), tiff, place + 8)
                return said if said in _TURNS else 1
    except struct.error:
        return 1
    return 1


def is_turned(orientation: int) -> bool:
    """Say whether width and height change places as a picture is turned upright."""
    return orientation >= 5


def upright(image: Image.Image, orientation: int) -> Image.Image:
    """Turn a picture as its orientation says it is to be seen."""
    turn = _TURNS.get(orientation)
    return image if turn is None else image.transpose(turn)
