"""The texts in EXIF that programs write prompts into: EXIF 2.32, with the directories of TIFF 6.0."""

from __future__ import annotations

import struct
from collections.abc import Iterator

_DESCRIPTION, _MAKE, _MODEL, _EXIF, _COMMENT = 0x010E, 0x010F, 0x0110, 0x8769, 0x9286
TEXTS = {_DESCRIPTION: "ImageDescription", _MAKE: "Make", _MODEL: "Model", _COMMENT: "UserComment"}
_TEXT_KINDS = {1, 2, 7}
"""Bytes, ASCII, undefined."""
_LONG = 4
_MOST_ENTRIES = 200
_UNICODE = b"UNICODE\0"
_CODES = (b"ASCII\0\0\0", bytes(8))


def texts_in_exif(exif: bytes, limit: int) -> dict[str, str]:
    """Read the texts by the names of their tags, up to `limit` bytes each; none where nothing makes sense."""
    tiff = exif.removeprefix(b"Exif\0\0")
    endian = {b"II*\0": "<", b"MM\0*": ">"}.get(tiff[:4])
    if endian is None:
        return {}
    found: dict[str, str] = {}
    try:
        (first,) = struct.unpack_from(endian + "I", tiff, 4)
        directories = [first]
        for directory in directories:
            for tag, kind, count, place in _entries(tiff, endian, directory):
                if tag == _EXIF and kind == _LONG and len(directories) == 1:
                    directories.append(struct.unpack_from(endian + "I", tiff, place)[0])
                elif tag in TEXTS and kind in _TEXT_KINDS and count <= limit:
                    at = place if count <= 4 else struct.unpack_from(endian + "I", tiff, place)[0]
                    found.setdefault(TEXTS[tag], _decoded(tiff[at : at + count], endian))
    except struct.error:
        pass
    return {tag: text for tag, text in found.items() if text}


def _entries(tiff: bytes, endian: str, directory: int) -> Iterator[tuple[int, int, int, int]]:
    """Yield tag, kind, count and where the value or its place stands. Raises struct.error."""
    (entries,) = struct.unpack_from(endian + "H", tiff, directory)
    for index in range(min(entries, _MOST_ENTRIES)):
        place = directory + 2 + 12 * index
        yield *struct.unpack_from(endian + "HHI", tiff, place), place + 8


def _decoded(data: bytes, endian: str) -> str:
    if data.startswith(_UNICODE):
        return _utf_16(data[8:], endian).rstrip("\0")
    plain = data[8:] if data[:8] in _CODES else data
    try:
        text = plain.decode("utf-8")
    except UnicodeDecodeError:
        text = plain.decode("latin-1")
    return text.rstrip("\0")


def _utf_16(data: bytes, endian: str) -> str:
    """Decode UTF-16 of either order: programs write the one or the other, whatever the file says.

    The settings are in English, and the zeros beside its letters tell. Some write UTF-8.
    """
    for mark, order in ((b"\xff\xfe", "<"), (b"\xfe\xff", ">")):
        if data.startswith(mark):
            data, endian = data[2:], order
            break
    else:
        before, behind = data[::2].count(0), data[1::2].count(0)
        if before == behind == 0:
            try:
                return data.decode("utf-8")
            except UnicodeDecodeError:
                pass
        elif before != behind:
            endian = ">" if before > behind else "<"
    return data.decode("utf-16-be" if endian == ">" else "utf-16-le", errors="replace")
