"""PNG: only what the pixels need is decoded; text, times and broken extras are left alone.

PNG Specification, third edition (W3C, 2025).
"""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from storage.intake.colours import LARGEST_PROFILE
from storage.intake.decoded import MOST_LOST, CheckSize, Decoded
from storage.intake.frames import Frame, first_shown
from storage.intake.orientation import orientation_in
from storage.intake.palette import through_palette
from storage.intake.profiles import SRGB_CURVE, gamma_curve, rgb_profile
from storage.intake.refused import Damaged
from storage.png_chunks import SIGNATURE, chunks, written

_GREY, _RGB, _PALETTE, _GREY_ALPHA, _RGB_ALPHA = 0, 2, 3, 4, 6
_CHANNELS = {_GREY: 1, _RGB: 3, _PALETTE: 1, _GREY_ALPHA: 2, _RGB_ALPHA: 4}
_DEPTHS = {_GREY: (1, 2, 4, 8, 16), _PALETTE: (1, 2, 4, 8)}
_PASSES = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
"""Of Adam7: first column and row, and steps."""
_UP = 2
"""The filter that adds the row above."""
_PIECE = 2**20
_PRIMARIES = {
    1: ((0.3127, 0.329), ((0.64, 0.33), (0.3, 0.6), (0.15, 0.06))),
    9: ((0.3127, 0.329), ((0.708, 0.292), (0.17, 0.797), (0.131, 0.046))),
    12: ((0.3127, 0.329), ((0.68, 0.32), (0.265, 0.69), (0.15, 0.06))),
}
"""White and primaries of BT.709, BT.2020 and Display P3 by their numbers in ITU-T H.273."""
_CURVES = {4: gamma_curve(2.2), 5: gamma_curve(2.8), 8: gamma_curve(1.0), 13: SRGB_CURVE}
"""By their numbers in the same table; brighter than white (16 and 18) is not drawn here."""
_USUAL_GAMMA = 1 / 2.2
_SAME_GAMMA = 0.05
"""What libpng does not correct."""


@dataclass(frozen=True, slots=True)
class _Header:
    width: int
    height: int
    depth: int
    colours: int
    interlaced: int

    def body(self) -> bytes:
        return struct.pack(
            ">IIBBBBB", self.width, self.height, self.depth, self.colours, 0, 0, self.interlaced
        )

    def rows(self) -> Iterator[int]:
        """Yield the bytes of each row, filter and all, in the order in which the rows are stored."""
        bits = self.depth * _CHANNELS[self.colours]
        for left, top, across, down in _PASSES if self.interlaced else ((0, 0, 1, 1),):
            columns = -(-(self.width - left) // across)
            if columns > 0:
                for _ in range(top, self.height, down):
                    yield 1 + (columns * bits + 7) // 8


@dataclass(slots=True)
class _Part:
    """A frame of an animation, or the still picture: where it is drawn, and its compressed pixels."""

    control: bytes | None
    pieces: list[bytes] = field(default_factory=list)


def read(data: bytes, check: CheckSize) -> Decoded:
    """Decode the first frame that shows something. Raises Damaged, and what `check` raises."""
    found: dict[bytes, bytes] = {}
    still, parts = _Part(None), list[_Part]()
    for kind, body, _ in chunks(data):
        if kind == b"IDAT":
            if len(parts) == 1 and not still.pieces:
                # With a frame control before it, the still picture is the first frame too.
                parts[0].pieces = still.pieces
            still.pieces.append(body)
        elif kind == b"fcTL" and len(body) == 26:
            parts.append(_Part(body))
        elif kind == b"fdAT" and parts:
            parts[-1].pieces.append(body[4:])
        else:
            found.setdefault(kind, body)
    header = _header(found.get(b"IHDR", b""))
    check((header.width, header.height))
    decoded = _drawn(header, found, still, parts if b"acTL" in found else [])
    decoded.profile = _profile(found, grey=header.colours in (_GREY, _GREY_ALPHA))
    if decoded.profile is None:
        decoded.colours = _gamma_corrected(decoded.colours, found)
    decoded.orientation = orientation_in(found.get(b"eXIf", b""))
    return decoded


def _header(body: bytes) -> _Header:
    if len(body) < 13:
        raise Damaged
    width, height, depth, colours, squeezing, filtering, interlaced = struct.unpack_from(">IIBBBBB", body)
    known = colours in _CHANNELS and depth in _DEPTHS.get(colours, (8, 16))
    if not known or squeezing or filtering or interlaced > 1 or max(width, height) >= 2**31:
        raise Damaged
    return _Header(width, height, depth, colours, interlaced)


def _drawn(header: _Header, found: dict[bytes, bytes], still: _Part, parts: list[_Part]) -> Decoded:
    def frames() -> Iterator[Frame]:
        for part in parts:
            assert part.control is not None
            width, height, left, top, _, dispose, blend = struct.unpack_from(">IIIIIBB", part.control, 4)
            if left + width > header.width or top + height > header.height or not (width and height):
                return
            own = _Header(width, height, header.depth, header.colours, header.interlaced)
            yield Frame(_decoded(own, found, part), (left, top), dispose, over=blend == 1)

    if not still.pieces and not any(part.pieces for part in parts):
        raise Damaged
    try:
        if shown := first_shown((header.width, header.height), frames()):
            return shown
    except Damaged:
        if not still.pieces:
            raise
    return _decoded(header, found, still)


def _decoded(header: _Header, found: dict[bytes, bytes], part: _Part) -> Decoded:
    palette, clear = found.get(b"PLTE", b""), found.get(b"tRNS", b"")
    if header.colours == _PALETTE:
        indices = _opened(header, part)
        return through_palette(indices, palette, clear)
    image = _opened(header, part)
    if header.colours in (_GREY_ALPHA, _RGB_ALPHA):
        colours = image.getchannel(0) if header.colours == _GREY_ALPHA else image.convert("RGB")
        return Decoded(colours, image.getchannel("A"))
    if header.colours == _GREY:
        return _grey(image, header.depth, clear)
    if len(clear) < 6:
        return Decoded(image)
    shade = np.frombuffer(clear, ">u2", 3)
    hole = (np.asarray(image) == (shade >> 8 if header.depth == 16 else shade & 0xFF)).all(axis=2)
    if header.depth == 16:
        # Read as if the bytes of each sample were swapped, the picture shows its lower halves.
        hole &= (np.asarray(_opened(header, part, "RGB;16L")) == (shade & 0xFF)).all(axis=2)
    return Decoded(image, _without(hole))


def _grey(image: Image.Image, depth: int, clear: bytes) -> Decoded:
    """Give 8 bits of each sample, transparent where it is the one transparent shade."""
    shade = int.from_bytes(clear[:2], "big") & (1 << depth) - 1 if len(clear) >= 2 else None
    if depth == 16:
        values = np.asarray(image)
        hole = None if shade is None else values == shade
        return Decoded(
            Image.fromarray((values >> 8).astype(np.uint8)), None if hole is None else _without(hole)
        )
    image = image.convert("L")
    if shade is None:
        return Decoded(image)
    return Decoded(image, _without(np.asarray(image) == shade * 255 // ((1 << depth) - 1)))


def _without(hole: NDArray[np.bool_]) -> Image.Image:
    return Image.fromarray(np.where(hole, 0, 255).astype(np.uint8))


def _opened(header: _Header, part: _Part, raw_mode: str | None = None) -> Image.Image:
    """Give the bare samples, by Pillow, from a file that holds nothing else."""
    if header.colours == _PALETTE:
        # As grey of 8 bits, every index comes out as it is; Pillow would want a palette.
        return _indices(header, part)
    try:
        return _loaded(_file(header, b"".join(part.pieces)), raw_mode)
    except Exception:
        # What Pillow says of broken data is of every class.
        return _loaded(_file(header, _mended(header, part)), raw_mode)


def _indices(header: _Header, part: _Part) -> Image.Image:
    ramp = bytes(value for index in range(256) for value in (index, index, index))
    extra = written(b"PLTE", ramp[: 3 << header.depth])
    try:
        return _loaded(_file(header, b"".join(part.pieces), extra), None)
    except Exception:
        return _loaded(_file(header, _mended(header, part), extra), None)


def _loaded(file: bytes, raw_mode: str | None) -> Image.Image:
    with Image.open(io.BytesIO(file), formats=("PNG",)) as image:
        if raw_mode is not None:
            image.tile = [tile._replace(args=raw_mode) for tile in image.tile]
        image.load()
        return image


def _file(header: _Header, pixels: bytes, extra: bytes = b"") -> bytes:
    return b"".join(
        (SIGNATURE, written(b"IHDR", header.body()), extra, written(b"IDAT", pixels), written(b"IEND", b""))
    )


def _mended(header: _Header, part: _Part) -> bytes:
    """Give the rows that are there, and repeat the last of them for those that are not. Raises Damaged.

    Nothing is held unpacked as a whole.
    """
    rows, squeezed = list(header.rows()), b"".join(part.pieces)
    wanted = sum(rows)
    got = sum(len(piece) for piece in _unpacked(squeezed, wanted))
    if (wanted - got) * MOST_LOST > wanted:
        raise Damaged
    there = number = 0
    while number < len(rows) and there + rows[number] <= got:
        there += rows[number]
        number += 1
    packer = zlib.compressobj(1)
    packed = [packer.compress(piece) for piece in _unpacked(squeezed, there)]
    packed += [packer.compress(bytes([_UP]) + bytes(row - 1)) for row in rows[number:]]
    return b"".join((*packed, packer.flush()))


def _unpacked(data: bytes, most: int) -> Iterator[bytes]:
    """Inflate what can be inflated, up to so many bytes; its checksum is not checked."""
    unpacker = zlib.decompressobj(-15)
    source = data[2:]
    while most > 0:
        try:
            piece = unpacker.decompress(source, min(_PIECE, most))
        except zlib.error:
            return
        if not piece:
            return
        yield piece
        most -= len(piece)
        source = unpacker.unconsumed_tail


def _profile(found: dict[bytes, bytes], *, grey: bool) -> bytes | None:
    """Give what the colours mean: the first of cICP, iCCP, sRGB, and gAMA with cHRM, as browsers do."""
    if len(found.get(b"cICP", b"")) >= 4:
        primaries, curve, matrix, _ = found[b"cICP"][:4]
        if primaries in _PRIMARIES and curve in _CURVES and matrix == 0:
            return rgb_profile(*_PRIMARIES[primaries], _CURVES[curve])
    if profile := _inflated_profile(found.get(b"iCCP", b"")):
        space = profile[16:20]
        return profile if (space == b"GRAY") == grey else None
    if b"sRGB" in found:
        return None
    gamma, corners = _gamma(found), found.get(b"cHRM", b"")
    if gamma is None or len(corners) < 32 or grey:
        return None
    values = [each / 100_000 for each in struct.unpack_from(">8I", corners)]
    white, *primaries_xy = zip(values[::2], values[1::2], strict=True)
    try:
        return rgb_profile(white, primaries_xy, gamma_curve(1 / gamma))
    except ValueError:
        return None


def _inflated_profile(body: bytes) -> bytes | None:
    """Inflate as many bytes as the profile itself says that it has, if that is a sensible number."""
    _, _, squeezed = body.partition(b"\0")
    unpacker = zlib.decompressobj()
    try:
        start = unpacker.decompress(squeezed[1:], 128)
        length = int.from_bytes(start[:4], "big")
        if len(start) < 128 or not 128 < length <= LARGEST_PROFILE:
            return None
        profile = start + unpacker.decompress(unpacker.unconsumed_tail, length - 128)
    except zlib.error:
        return None
    return profile if len(profile) == length else None


def _gamma(found: dict[bytes, bytes]) -> float | None:
    said = int.from_bytes(found.get(b"gAMA", b"")[:4], "big") / 100_000
    return said if 0.01 < said < 100 else None


def _gamma_corrected(image: Image.Image, found: dict[bytes, bytes]) -> Image.Image:
    """Correct for gAMA alone, for a screen of gamma 2.2."""
    gamma = _gamma(found)
    if gamma is None or b"sRGB" in found or b"iCCP" in found or abs(gamma / _USUAL_GAMMA - 1) <= _SAME_GAMMA:
        return image
    exponent = _USUAL_GAMMA / gamma
    table = [round(255 * (value / 255) ** exponent) for value in range(256)]
    return image.point(table * len(image.getbands()))
