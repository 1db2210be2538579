"""The chunks that a PNG is made of: PNG Specification, third edition (W3C, 2025), section 5."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from typing import NamedTuple

SIGNATURE = b"\x89PNG\r\n\x1a\n"


class Chunk(NamedTuple):
    """One chunk: its kind, its body without length and checksum, and where in the file its length stands."""

    kind: bytes
    body: bytes
    at: int


def chunks(data: bytes) -> Iterator[Chunk]:
    """Yield all chunks that can be read, up to the end; the last may be cut short. No checksum is checked."""
    at = len(SIGNATURE)
    while at + 8 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        yield Chunk(kind, data[at + 8 : at + 8 + length], at)
        if kind == b"IEND":
            return
        at += 12 + length


def written(kind: bytes, body: bytes) -> bytes:
    """Write a chunk."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(body, zlib.crc32(kind)))
