"""The texts that a picture carries beside its pixels, by their keys."""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterator

from storage.intake import jpeg
from storage.intake.other_programs.exif import texts_in_exif
from storage.intake.webp import is_webp
from storage.png_chunks import SIGNATURE, chunks

LARGEST_TEXT = 4 * 2**20
"""Bytes: ComfyUI's graphs reach a megabyte; longer ones are not read."""
_MOST_TEXTS = 30
_APP1, _SCAN = 0xE1, 0xDA
_NAMED = re.compile(r"(prompt|workflow)\s*:\s*(?=\{)", re.IGNORECASE)
"""ComfyUI writes so into the EXIF of WebP, whatever the tag is for."""


def texts_of(data: bytes) -> dict[str, str]:
    """Give the texts of a PNG, JPEG or WebP; none of anything else. What is broken is passed over.

    Those of EXIF have the names of their tags, in PNG's text chunks the keys are the program's own.
    """
    found: dict[str, str] = {}
    for key, text in _texts(data):
        if len(found) == _MOST_TEXTS:
            break
        if named := _NAMED.match(text):
            key, text = named[1].lower(), text[named.end() :]
        if text.strip():
            found.setdefault(key, text)
    return found


def _texts(data: bytes) -> Iterator[tuple[str, str]]:
    if data.startswith(SIGNATURE):
        yield from _of_png(data)
    elif is_webp(data):
        for body in _of_webp(data):
            yield from texts_in_exif(body, LARGEST_TEXT).items()
    elif data.startswith(jpeg.SIGNATURE):
        for body in _of_jpeg(data):
            yield from texts_in_exif(body, LARGEST_TEXT).items()


def _of_png(data: bytes) -> Iterator[tuple[str, str]]:
    for kind, body, _ in chunks(data):
        key, _, rest = body[: LARGEST_TEXT + 100].partition(b"\0")
        name = key.decode("latin-1")
        if len(body) > LARGEST_TEXT:
            continue
        if kind == b"tEXt":
            yield name, _utf_8(rest)
        elif kind == b"zTXt":
            yield name, _utf_8(_inflated(rest[1:]))
        elif kind == b"iTXt" and len(rest) >= 2:
            packed, text = rest[0], rest[2:].split(b"\0", 2)[-1]
            yield name, _utf_8(_inflated(text) if packed else text)
        elif kind == b"eXIf":
            yield from texts_in_exif(body, LARGEST_TEXT).items()


def _of_webp(data: bytes) -> Iterator[bytes]:
    """Yield the EXIF of a WebP, which stands behind the pixels."""
    at = 12
    while at + 8 <= len(data):
        kind, length = struct.unpack_from("<4sI", data, at)
        if kind == b"EXIF":
            yield data[at + 8 : at + 8 + length]
        at += 8 + length + length % 2


def _of_jpeg(data: bytes) -> Iterator[bytes]:
    """Yield the EXIF of a JPEG, which stands before the pixels: APP1, up to the start of the first scan."""
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF and data[at + 1] != _SCAN:
        if data[at + 1] == 0xFF:
            at += 1
            continue
        length = int.from_bytes(data[at + 2 : at + 4], "big")
        body = data[at + 4 : at + 2 + length]
        if data[at + 1] == _APP1 and body.startswith(b"Exif\0\0"):
            yield body
        at += 2 + max(2, length)


def _utf_8(text: bytes) -> str:
    """Decode what should be Latin-1 in tEXt, and is UTF-8 in the files of many programs."""
    try:
        return text.decode("utf-8")
    except UnicodeDecodeError:
        return text.decode("latin-1")


def _inflated(packed: bytes) -> bytes:
    """Inflate up to LARGEST_TEXT bytes; nothing if it is more or is broken."""
    unpacker = zlib.decompressobj()
    try:
        text = unpacker.decompress(packed, LARGEST_TEXT + 1)
    except zlib.error:
        return b""
    return text if len(text) <= LARGEST_TEXT else b""
