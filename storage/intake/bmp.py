"""BMP, with every bit layout that its headers can describe, and its transparency as browsers read it.

"Bitmap Storage" in Microsoft's Windows GDI reference.
"""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from storage.intake.decoded import MOST_LOST, CheckSize, Decoded, repeat_rows, split
from storage.intake.refused import Damaged, Unusual

SIGNATURE = b"BM"
_CORE, _INFO, _V2, _V3, _OS2, _V4, _V5 = 12, 40, 52, 56, 64, 108, 124
_PLAIN, _RLE8, _RLE4, _BIT_FIELDS, _ALPHA_BIT_FIELDS = 0, 1, 2, 3, 6
_EMBEDDED = b"MBED"[::-1]


@dataclass(slots=True)
class _Header:
    version: int
    width: int
    height: int
    """Without its sign."""
    bottom_up: bool
    bits: int
    squeezing: int
    palette: bytes
    masks: tuple[int, int, int, int]
    """Of red, green, blue and alpha, within the number that a pixel is."""
    pixels_at: int
    profile: bytes | None


def read(data: bytes, check: CheckSize) -> Decoded:
    """Decode a bitmap. Raises Damaged, Unusual, and what `check` raises."""
    try:
        header = _header(data)
    except (struct.error, IndexError) as error:
        raise Damaged from error
    check((header.width, header.height))
    if header.squeezing in (_RLE8, _RLE4):
        with Image.open(io.BytesIO(data), formats=("BMP",)) as image:
            image.load()
            return split(image)
    if header.squeezing not in (_PLAIN, _BIT_FIELDS, _ALPHA_BIT_FIELDS):
        raise Unusual(f"compression {header.squeezing}")
    decoded = _decoded(header, *_rows(data, header))
    decoded.profile = header.profile
    return decoded


def _header(data: bytes) -> _Header:
    pixels_at, version = struct.unpack_from("<II", data, 10)
    if version == _CORE:
        width, height, _, bits = struct.unpack_from("<HHHH", data, 18)
        squeezing, colours, entry = _PLAIN, 0, 3
    elif version in (_INFO, _V2, _V3, _OS2, _V4, _V5):
        width, height, _, bits, squeezing = struct.unpack_from("<iiHHI", data, 18)
        (colours,) = struct.unpack_from("<I", data, 46)
        entry = 4
    else:
        raise Unusual(f"header of {version} bytes")
    if width <= 0 or height == 0 or bits not in (1, 2, 4, 8, 16, 24, 32):
        raise Damaged
    if version == _OS2 and squeezing > _RLE4:
        raise Unusual(f"compression {squeezing}")
    palette_at = 14 + version
    if squeezing in (_BIT_FIELDS, _ALPHA_BIT_FIELDS) and version == _INFO:
        palette_at += 12 if squeezing == _BIT_FIELDS else 16
    palette = b""
    if bits <= 8:
        entries = min(colours or 1 << bits, 1 << bits, max(0, pixels_at - palette_at) // entry)
        palette = _red_first(data[palette_at : palette_at + entry * entries], entry)
    return _Header(
        version,
        width,
        abs(height),
        height > 0,
        bits,
        squeezing,
        palette,
        _masks(data, version, bits, squeezing),
        pixels_at,
        _profile(data, version),
    )


def _red_first(palette: bytes, entry: int) -> bytes:
    table = np.frombuffer(palette, np.uint8)
    return table[: len(table) // entry * entry].reshape(-1, entry)[:, 2::-1].tobytes()


def _masks(data: bytes, version: int, bits: int, squeezing: int) -> tuple[int, int, int, int]:
    """Give the masks as Chromium reads them.

    Alpha comes only from headers that have a field for it, and then also without bit fields.
    """
    red, green, blue, alpha = 0xFF0000, 0xFF00, 0xFF, 0
    if bits == 16:
        red, green, blue = 0x7C00, 0x3E0, 0x1F
    if squeezing in (_BIT_FIELDS, _ALPHA_BIT_FIELDS):
        red, green, blue = struct.unpack_from("<III", data, 54)
    if version in (_V3, _V4, _V5) or (version == _INFO and squeezing == _ALPHA_BIT_FIELDS):
        (alpha,) = struct.unpack_from("<I", data, 66)
    return red, green, blue, alpha


def _profile(data: bytes, version: int) -> bytes | None:
    if version != _V5 or data[70:74] != _EMBEDDED:
        return None
    at, length = struct.unpack_from("<II", data, 126)
    return data[14 + at : 14 + at + length] or None


def _rows(data: bytes, header: _Header) -> tuple[NDArray[np.uint8], range]:
    """Give the stored bytes, uppermost row first, and which rows are there at all. Raises Damaged."""
    row = (header.width * header.bits + 31) // 32 * 4
    stored = data[header.pixels_at : header.pixels_at + row * header.height]
    there = len(stored) // row
    if (header.height - there) * MOST_LOST > header.height:
        raise Damaged
    rows = np.frombuffer(stored.ljust(row * header.height, b"\0"), np.uint8).reshape(header.height, row)
    if header.bottom_up:
        return rows[::-1], range(header.height - there, header.height)
    return rows, range(there)


def _decoded(header: _Header, rows: NDArray[np.uint8], there: range) -> Decoded:
    if header.bits <= 8:
        return _whole(Decoded(_indexed(header, rows)), there)
    if header.bits == 24:
        pixels = rows[:, : 3 * header.width].reshape(header.height, header.width, 3)[:, :, ::-1]
        return _whole(Decoded(Image.fromarray(np.ascontiguousarray(pixels))), there)
    numbers = np.ascontiguousarray(rows).view("<u2" if header.bits == 16 else "<u4")[:, : header.width]
    *colours, alpha = (_channel(numbers, mask, header.bits) for mask in header.masks)
    pixels = np.dstack([np.zeros(numbers.shape, np.uint8) if each is None else each for each in colours])
    decoded = Decoded(Image.fromarray(pixels))
    # Programs that know nothing of alpha leave zeros in its place: the picture is meant to be seen.
    if alpha is not None and alpha.any():
        decoded.alpha = Image.fromarray(alpha)
    return _whole(decoded, there)


def _indexed(header: _Header, rows: NDArray[np.uint8]) -> Image.Image:
    numbers = rows[:, : header.width]
    if header.bits < 8:
        bits = np.unpackbits(rows, axis=1)[:, : header.width * header.bits]
        parts = np.packbits(bits.reshape(header.height, header.width, header.bits), axis=2)
        numbers = parts[:, :, 0] >> np.uint8(8 - header.bits)
    table = np.zeros((256, 3), np.uint8)
    palette = np.frombuffer(header.palette, np.uint8).reshape(-1, 3)
    table[: len(palette)] = palette
    return Image.fromarray(table[numbers])


def _channel(numbers: NDArray[np.unsignedinteger], mask: int, bits: int) -> NDArray[np.uint8] | None:
    """Extract the bits that a mask marks, scaled to 0..255; None without a mask. Raises Damaged."""
    if mask == 0:
        return None
    shift = (mask & -mask).bit_length() - 1
    most = mask >> shift
    if mask >= 1 << bits or most & (most + 1):
        raise Damaged
    # More than 16 bits are not told apart.
    beyond = max(0, most.bit_length() - 16)
    most >>= beyond
    table = ((np.arange(most + 1) * 255 + most // 2) // most).astype(np.uint8)
    values: NDArray[np.uint8] = table[
        (numbers >> numbers.dtype.type(shift + beyond)) & numbers.dtype.type(most)
    ]
    return values


def _whole(decoded: Decoded, there: range) -> Decoded:
    """Replace the rows that are lost by the nearest one that is there."""
    if len(there) < decoded.colours.height:
        decoded.colours = repeat_rows(decoded.colours, there)
        decoded.alpha = None if decoded.alpha is None else repeat_rows(decoded.alpha, there)
    return decoded
