"""Files as programs write them, and what is seen of them once they are taken in."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from storage.intake import IntakeError, Taken, take_in

SIGNATURE = b"\x89PNG\r\n\x1a\n"
Pixels = NDArray[np.int64]


def written(image: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def opened(data: bytes | None) -> Image.Image:
    assert data is not None
    return Image.open(io.BytesIO(data))


def seen(data: bytes) -> Pixels:
    """The picture that is kept of a file: (height, width, 3)."""
    return of(take_in(data))


def of(taken: Taken) -> Pixels:
    return np.asarray(opened(taken.picture)).astype(np.int64)


def holes(data: bytes) -> NDArray[np.bool_]:
    """Where it is transparent: (height, width)."""
    taken = take_in(data)
    if taken.mask is None:
        return np.zeros(taken.size[::-1], bool)
    marked: NDArray[np.bool_] = np.asarray(opened(taken.mask)) == 255
    return marked


def refusal(data: bytes, mask: bytes | None = None) -> str:
    with pytest.raises(IntakeError) as caught:
        take_in(data, mask)
    sentence = str(caught.value)
    assert sentence.endswith(".")
    assert "\n" not in sentence
    return sentence


def scene(size: tuple[int, int] = (48, 40)) -> Image.Image:
    """Four fields of colour with a gradient in them: every row and column tells where it belongs."""
    across, down = size
    x, y = np.meshgrid(np.arange(across), np.arange(down))
    pixels = np.dstack(
        (40 + 160 * (x >= across // 2) + x % 16, 30 + 170 * (y >= down // 2) + y % 16, 90 + x + y)
    )
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8))


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(
    size: tuple[int, int], depth: int, colours: int, rows: bytes, *extra: bytes, behind: bytes = b""
) -> bytes:
    """A PNG of rows as they are stored, each with its filter's byte; `extra` are chunks before the pixels."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", *size, depth, colours, 0, 0, 0))
    body = chunk(b"IDAT", zlib.compress(rows))
    return SIGNATURE + header + b"".join(extra) + body + behind + chunk(b"IEND", b"")


def with_chunks(data: bytes, *extra: bytes) -> bytes:
    """The same PNG with more chunks right behind its header."""
    return data[:33] + b"".join(extra) + data[33:]
