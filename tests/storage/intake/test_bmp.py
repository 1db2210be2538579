"""BMP: all its headers and layouts of bits, and what becomes of its alpha."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from PIL import Image

from tests.storage.intake import icc
from tests.storage.intake.files import Pixels, holes, refusal, scene, seen, written

RNG = np.random.default_rng(6)
INFO, V2, V3, V4, V5 = 40, 52, 56, 108, 124
SCENE = np.asarray(scene()).astype(np.int64)
HEIGHT, WIDTH = SCENE.shape[:2]
EIGHTS = (0xFF0000, 0xFF00, 0xFF, 0xFF000000)


def rows_of(numbers: Pixels, bits: int) -> bytes:
    """Rows of numbers of so many bits each, filled up to four bytes."""
    rows = b""
    for row in numbers:
        if bits < 8:
            parts = ((row[:, None] >> np.arange(bits)[::-1]) & 1).astype(np.uint8)
            body = np.packbits(parts.ravel()).tobytes()
        elif bits == 24:
            body = row.astype("<u4").view(np.uint8).reshape(-1, 4)[:, :3].tobytes()
        else:
            body = row.astype(f"<u{bits // 8}").tobytes()
        rows += body + bytes(-len(body) % 4)
    return rows


def bmp(
    version: int,
    numbers: Pixels,
    bits: int,
    masks: tuple[int, ...] = (),
    *,
    squeezing: int | None = None,
    palette: bytes = b"",
    top_down: bool = False,
    profile: bytes = b"",
) -> bytes:
    height, width = numbers.shape
    body = rows_of(numbers if top_down else numbers[::-1], bits)
    if squeezing is None:
        squeezing = 3 if masks and bits != 24 else 0
    if version == 12:
        header = struct.pack("<IHHHH", 12, width, height, 1, bits)
    else:
        down = -height if top_down else height
        header = struct.pack(
            "<IiiHHIIIIII",
            version,
            width,
            down,
            1,
            bits,
            squeezing,
            len(body),
            2835,
            2835,
            len(palette) // 4,
            0,
        )
        behind = b"".join(struct.pack("<I", mask) for mask in masks)
        header = (header + behind).ljust(version, b"\0") if version > INFO else header + behind
    start = 14 + len(header) + len(palette)
    if profile:
        fields = struct.pack("<III", len(header) + len(palette) + len(body), len(profile), 0)
        header = header[:56] + b"DEBM" + header[60:112] + fields
    return b"BM" + struct.pack("<IHHI", start + len(body), 0, 0, start) + header + palette + body + profile


def numbers(pixels: Pixels, masks: tuple[int, ...]) -> Pixels:
    """Each pixel as one number, its channels where the masks say."""
    total = np.zeros(pixels.shape[:2], np.int64)
    for channel, mask in enumerate(masks):
        if mask and channel < pixels.shape[2]:
            shift = (mask & -mask).bit_length() - 1
            total |= (pixels[:, :, channel] * (mask >> shift) // 255) << shift
    return total


def with_alpha(alpha: int | Pixels) -> Pixels:
    return np.dstack((SCENE, np.broadcast_to(alpha, SCENE.shape[:2])))


HALF = np.where(np.arange(WIDTH) < WIDTH // 2, 0, 255)


@pytest.mark.parametrize("version", [V3, V4, V5])
@pytest.mark.parametrize("squeezing", [0, 3])
def test_alpha_that_is_zero_everywhere_is_no_alpha(version: int, squeezing: int) -> None:
    data = bmp(version, numbers(with_alpha(0), EIGHTS), 32, EIGHTS, squeezing=squeezing)
    assert (seen(data) == SCENE).all()
    assert not holes(data).any()


@pytest.mark.parametrize("version", [V3, V4, V5])
def test_alpha_counts_where_the_header_has_a_field_for_it(version: int) -> None:
    data = bmp(version, numbers(with_alpha(HALF), EIGHTS), 32, EIGHTS)
    assert (holes(data) == (HALF == 0)).all()
    assert (seen(data)[:, WIDTH // 2 :] == SCENE[:, WIDTH // 2 :]).all()


@pytest.mark.parametrize("alpha", [0, 77, HALF], ids=["zero", "some", "half"])
@pytest.mark.parametrize("masks", [(), EIGHTS[:3]], ids=["plain", "bit fields"])
def test_the_fourth_byte_is_nothing_where_the_header_has_no_field_for_alpha(
    masks: tuple[int, ...], alpha: int | Pixels
) -> None:
    data = bmp(INFO, numbers(with_alpha(alpha), EIGHTS), 32, masks)
    assert (seen(data) == SCENE).all()
    assert not holes(data).any()


LAYOUTS = [
    (32, (0xFF, 0xFF00, 0xFF0000, 0xFF000000)),
    (32, (0xFF000000, 0xFF0000, 0xFF00, 0xFF)),
    (32, (0x3FF00000, 0xFFC00, 0x3FF, 0xC0000000)),
    (32, (0xFF0000, 0xFF00, 0xFF, 0)),
    (32, (0xF00, 0xF0, 0xF, 0xF000)),
    (16, (0xF800, 0x7E0, 0x1F, 0)),
    (16, (0x7C00, 0x3E0, 0x1F, 0x8000)),
    (16, (0xF00, 0xF0, 0xF, 0xF000)),
    (16, (0xF, 0xF0, 0xF00, 0)),
]


@pytest.mark.parametrize(("bits", "masks"), LAYOUTS)
@pytest.mark.parametrize("top_down", [False, True])
def test_every_layout_of_bits(bits: int, masks: tuple[int, ...], top_down: bool) -> None:
    data = bmp(V4, numbers(with_alpha(255), masks), bits, masks, top_down=top_down)
    coarsest = max(255 // (mask >> (mask & -mask).bit_length() - 1) for mask in masks[:3])
    assert np.abs(seen(data) - SCENE).max() <= coarsest
    assert not holes(data).any()


@pytest.mark.parametrize("version", [12, INFO, V4])
def test_24_bits(version: int) -> None:
    assert (seen(bmp(version, numbers(SCENE, EIGHTS), 24)) == SCENE).all()


@pytest.mark.parametrize("bits", [1, 2, 4, 8])
@pytest.mark.parametrize("version", [12, INFO, V5])
def test_palettes(version: int, bits: int) -> None:
    colours = RNG.integers(0, 256, (1 << bits, 3)).astype(np.uint8)
    entry = 3 if version == 12 else 4
    palette = b"".join(colour[::-1].tobytes() + bytes(entry - 3) for colour in colours)
    indices = RNG.integers(0, 1 << bits, (21, 19))
    assert (seen(bmp(version, indices, bits, palette=palette)) == colours[indices]).all()


def test_runs() -> None:
    """RLE8: runs, pixels as they are, and the end of each row."""
    body = (
        b"".join(b"\x05" + bytes([row]) + b"\0\x03" + bytes((1, 2, 3, 0)) + b"\0\0" for row in range(8))
        + b"\0\1"
    )
    palette = b"".join(bytes((each, 10 * each % 256, 255 - each, 0)) for each in range(256))
    header = struct.pack("<IiiHHIIIIII", 40, 8, 8, 1, 8, 1, len(body), 0, 0, 256, 0)
    data = b"BM" + struct.pack("<IHHI", 0, 0, 0, 54 + 1024) + header + palette + body
    pixels = seen(data)
    for row in range(8):
        assert (pixels[7 - row, :5] == (255 - row, 10 * row, row)).all()
        assert (pixels[7 - row, 5] == (254, 10, 1)).all()


def test_as_pillow_writes_it() -> None:
    for mode in ("1", "L", "P", "RGB", "RGBA"):
        image = scene().convert(mode)
        assert (seen(written(image, "BMP")) == np.asarray(image.convert("RGB"))).all(), mode


@pytest.mark.parametrize("lost", [1, 3, 100, 500])
@pytest.mark.parametrize("top_down", [False, True])
def test_a_few_bytes_less_are_rows_again(lost: int, top_down: bool) -> None:
    data = bmp(INFO, numbers(SCENE, EIGHTS), 24, top_down=top_down)
    cut = seen(data[:-lost])
    gone = -(-lost // (3 * WIDTH))
    there = slice(0, HEIGHT - gone) if top_down else slice(gone, HEIGHT)
    assert (cut[there] == SCENE[there]).all()
    assert (cut[-1 if top_down else 0] == SCENE[HEIGHT - gone - 1 if top_down else gone]).all()


def test_much_less_is_refused() -> None:
    data = bmp(INFO, numbers(SCENE, EIGHTS), 24)
    for share in (0.2, 0.5, 0.95):
        assert "cut off or damaged" in refusal(data[: round(len(data) * (1 - share))])


def test_a_profile_inside_counts() -> None:
    data = bmp(V5, numbers(SCENE, EIGHTS), 24, profile=icc.ADOBE_RGB.profile())
    assert np.abs(seen(data)[5, 40] - icc.ADOBE_RGB.seen(tuple(SCENE[5, 40]))).max() < 2


@pytest.mark.parametrize(
    ("masks", "bits"),
    [((0xFF00FF, 0xFF00, 0xFF, 0), 32), ((0xFF0000, 0xFF00, 0xFF, 0), 16)],
    ids=["with a gap", "too high"],
)
def test_masks_that_make_no_sense_are_damage(masks: tuple[int, ...], bits: int) -> None:
    assert "damaged" in refusal(bmp(V4, SCENE[:, :, 0], bits, masks))


@pytest.mark.parametrize("squeezing", [4, 5, 11])
def test_what_is_not_read_is_told(squeezing: int) -> None:
    assert f"compression {squeezing}" in refusal(bmp(INFO, SCENE[:, :, 0], 24, squeezing=squeezing))


def test_a_bitmap_of_impossible_size_is_refused() -> None:
    header = struct.pack("<IiiHHIIIIII", 40, 50_000, 50_000, 1, 32, 0, 0, 0, 0, 0, 0)
    assert "20 megapixels" in refusal(b"BM" + struct.pack("<IHHI", 0, 0, 0, 54) + header + bytes(99))
    assert "header of 0 bytes" in refusal(b"BM" + bytes(20))


def test_black_stays_black_beside_alpha() -> None:
    image = Image.new("RGBA", (16, 16), (0, 0, 0, 255))
    data = bmp(V4, numbers(np.asarray(image).astype(np.int64), EIGHTS), 32, EIGHTS)
    assert (seen(data) == 0).all()
