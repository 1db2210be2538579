"""TIFF: depths, transparency, orientation, pages."""

from __future__ import annotations

import io
import struct
from typing import Any

import numpy as np
import pytest
from PIL import Image, TiffImagePlugin

from storage.intake import take_in
from tests.storage.intake.files import holes, opened, refusal, scene, seen, written

RNG = np.random.default_rng(7)
SCENE = np.asarray(scene())


def tiff(
    samples: np.ndarray[Any, Any], photometric: int, endian: str = "<", extra: int | None = None, **tags: int
) -> bytes:
    """Uncompressed, one strip; `samples` (height, width, channels) of 8 or 16 bits."""
    height, width, channels = samples.shape
    bits = samples.dtype.itemsize * 8
    body = samples.astype(samples.dtype.newbyteorder(endian)).tobytes()
    entries: list[tuple[int, int, list[int]]] = [
        (256, 3, [width]),
        (257, 3, [height]),
        (258, 3, [bits] * channels),
        (259, 3, [1]),
        (262, 3, [photometric]),
        (273, 4, [8]),
        (277, 3, [channels]),
        (278, 3, [height]),
        (279, 4, [len(body)]),
    ]
    if extra is not None:
        entries.append((338, 3, [extra]))
    if "orientation" in tags:
        entries.append((274, 3, [tags["orientation"]]))
    entries.sort()
    at = 8 + len(body) + len(body) % 2
    directory, behind = struct.pack(endian + "H", len(entries)), b""
    behind_at = at + 2 + 12 * len(entries) + 4
    for tag, kind, values in entries:
        packed = struct.pack(endian + f"{len(values)}{'H' if kind == 3 else 'I'}", *values)
        if len(packed) > 4:
            field, behind = struct.pack(endian + "I", behind_at + len(behind)), behind + packed
        else:
            field = packed.ljust(4, b"\0")
        directory += struct.pack(endian + "HHI", tag, kind, len(values)) + field
    head = (b"II*\0" if endian == "<" else b"MM\0*") + struct.pack(endian + "I", at)
    return head + body.ljust(at - 8, b"\0") + directory + bytes(4) + behind


GREY = RNG.integers(0, 65536, (24, 32, 1)).astype(np.uint16)


@pytest.mark.parametrize("endian", ["<", ">"])
def test_16_bit_grey(endian: str) -> None:
    assert np.abs(seen(tiff(GREY, 1, endian)) - GREY / 257).max() <= 1


def test_16_bit_grey_whose_zero_is_white() -> None:
    assert np.abs(seen(tiff(GREY, 0)) - (255 - GREY / 257)).max() <= 1


def test_8_bit_grey_whose_zero_is_white() -> None:
    samples = (GREY >> 8).astype(np.uint8)
    assert (seen(tiff(samples, 0)) == 255 - samples.astype(int)).all()


@pytest.mark.parametrize("endian", ["<", ">"])
def test_16_bit_rgb(endian: str) -> None:
    samples = RNG.integers(0, 65536, (24, 32, 3)).astype(np.uint16)
    assert np.abs(seen(tiff(samples, 2, endian)) - samples / 257).max() <= 1


@pytest.mark.parametrize("depth", [np.uint8, np.uint16])
@pytest.mark.parametrize("extra", [1, 2], ids=["multiplied", "plain"])
def test_alpha(depth: type, extra: int) -> None:
    most = np.iinfo(depth).max
    samples = np.full((24, 32, 4), most, np.int64)
    samples[:, :, 0] = most // 2
    samples[4:8, 6:12] = 0
    data = tiff(samples.astype(depth), 2, extra=extra)
    assert holes(data)[4:8, 6:12].all()
    assert holes(data).sum() == 24
    assert np.abs(seen(data)[0, 0] - (127, 255, 255)).max() <= 1


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("compression", [None, "tiff_lzw", "jpeg"])
def test_orientation(orientation: int, compression: str | None) -> None:
    info = TiffImagePlugin.ImageFileDirectory_v2()
    info[274] = orientation
    data = written(scene(), "TIFF", tiffinfo=info, compression=compression)
    expected = SCENE.astype(int)
    if orientation in (5, 6, 7, 8):
        expected = expected.transpose(1, 0, 2)
    if orientation in (2, 3, 6, 7):
        expected = expected[:, ::-1]
    if orientation in (3, 4, 7, 8):
        expected = expected[::-1]
    assert take_in(data).size == expected.shape[1::-1]
    assert np.abs(seen(data) - expected).mean() < (12 if compression == "jpeg" else 0.01)


def test_of_many_pages_the_first_is_taken() -> None:
    pages = [Image.new("RGB", (16, 16), colour) for colour in ("lime", "red", "blue")]
    data = written(pages[0], "TIFF", save_all=True, append_images=pages[1:])
    assert (seen(data) == (0, 255, 0)).all()


def test_an_empty_first_page_and_a_small_preview_are_passed_over() -> None:
    pages = [Image.new("RGBA", (16, 16)), Image.new("RGBA", (16, 16), (0, 0, 255, 255))]
    assert (seen(written(pages[0], "TIFF", save_all=True, append_images=pages[1:])) == (0, 0, 255)).all()
    file = io.BytesIO()
    preview = TiffImagePlugin.ImageFileDirectory_v2()
    preview[254] = 1
    with TiffImagePlugin.AppendingTiffWriter(file, new=True) as pile:
        Image.new("RGB", (9, 9), "red").save(pile, "TIFF", tiffinfo=preview)
        pile.newFrame()
        scene().save(pile, "TIFF")
        pile.newFrame()
    assert opened(file.getvalue()).size == (9, 9)
    assert (seen(file.getvalue()) == SCENE).all()


@pytest.mark.parametrize("mode", ["F", "I"])
def test_what_is_not_read_is_told(mode: str) -> None:
    assert "unusual way" in refusal(written(Image.new(mode, (32, 32)), "TIFF"))


def test_a_tiff_that_is_cut_is_refused() -> None:
    for kind in (None, "tiff_lzw"):
        data = written(scene(), "TIFF", compression=kind)
        assert "cut off or damaged" in refusal(data[: len(data) // 2])


@pytest.mark.parametrize(
    "data", [b"II*\0", b"MM\0*\xff\xff\xff\xff", b"II*\0\x08\0\0\0\0\0\0\0\0\0", b"II+\0" + bytes(40)]
)
def test_a_tiff_without_a_picture_is_refused(data: bytes) -> None:
    assert "cut off or damaged" in refusal(data)


@pytest.mark.parametrize(
    ("data", "way"),
    [
        (written(Image.fromarray(SCENE[:, :, 0].astype(np.float32)), "TIFF"), "floating-point numbers"),
        (tiff(SCENE.astype(np.float32), 2), "numbers of 32 bits, compression 1"),
        (tiff(SCENE.astype(np.float64), 2, ">"), "numbers of 64 bits, compression 1"),
    ],
)
def test_what_is_whole_and_cannot_be_read_is_unusual(data: bytes, way: str) -> None:
    assert f"keeps its colours in an unusual way ({way}): " in refusal(data)
    assert "cut off or damaged" in refusal(data[:9])
