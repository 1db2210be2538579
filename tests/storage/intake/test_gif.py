"""GIF: frames at their place, empty first ones, palettes, ends that are missing."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from PIL import Image

from storage.intake import take_in
from tests.storage.intake.files import Pixels, holes, of, refusal, seen, written

RNG = np.random.default_rng(4)
COLOURS = RNG.integers(0, 256, (256, 3)).astype(np.uint8)


def lzw(numbers: Pixels) -> bytes:
    """Codes of nine bits with a clear in good time, in blocks."""
    codes = [256]
    for count, number in enumerate(numbers.ravel()):
        codes += [int(number)] + ([256] if count % 250 == 249 else [])
    bits = sum(code << 9 * place for place, code in enumerate([*codes, 257]))
    body = bits.to_bytes((9 * (len(codes) + 1) + 7) // 8, "little")
    blocks = b"".join(
        bytes([len(body[each : each + 255])]) + body[each : each + 255] for each in range(0, len(body), 255)
    )
    return b"\x08" + blocks + b"\0"


def frame(
    numbers: Pixels,
    place: tuple[int, int] = (0, 0),
    clear: int | None = None,
    dispose: int = 0,
    palette: bytes = b"",
    interlaced: bool = False,
) -> bytes:
    control = struct.pack("<BBBBHBB", 0x21, 0xF9, 4, dispose << 2 | (clear is not None), 5, clear or 0, 0)
    height, width = numbers.shape
    packed = (0x87 if palette else 0) | (0x40 if interlaced else 0)
    if interlaced:
        numbers = np.concatenate([numbers[0::8], numbers[4::8], numbers[2::4], numbers[1::2]])
    return control + struct.pack("<B4HB", 0x2C, *place, width, height, packed) + palette + lzw(numbers)


def gif(size: tuple[int, int], *blocks: bytes, palette: bytes = COLOURS.tobytes()) -> bytes:
    packed = 0xF7 if palette else 0
    return b"GIF89a" + struct.pack("<HHBBB", *size, packed, 0, 0) + palette + b"".join(blocks) + b";"


def field(number: int, width: int = 16, height: int = 12) -> Pixels:
    return np.full((height, width), number)


NOISE = RNG.integers(0, 255, (48, 40))


@pytest.mark.parametrize("interlaced", [False, True])
def test_the_colours_of_the_palette(interlaced: bool) -> None:
    assert (seen(gif((40, 48), frame(NOISE, interlaced=interlaced))) == COLOURS[NOISE]).all()


def test_a_frame_has_a_palette_of_its_own() -> None:
    own = COLOURS[::-1].copy()
    data = gif((40, 48), frame(NOISE, palette=own.tobytes()))
    assert (seen(data) == own[NOISE]).all()


def test_the_transparent_colour_is_a_hole() -> None:
    numbers = NOISE.copy()
    numbers[5:9, 10:20] = 255
    data = gif((40, 48), frame(numbers, clear=255))
    assert holes(data)[5:9, 10:20].all()
    assert holes(data).sum() == 40
    assert (seen(data)[~holes(data)] == COLOURS[numbers][~holes(data)]).all()


@pytest.mark.parametrize("clear", [None, 255])
def test_around_a_first_frame_that_is_smaller_there_is_nothing(clear: int | None) -> None:
    data = gif((40, 40), frame(field(7), (10, 20), clear))
    assert (seen(data)[20:32, 10:26] == COLOURS[7]).all()
    assert not holes(data)[20:32, 10:26].any()
    assert (~holes(data)).sum() == 16 * 12


@pytest.mark.parametrize("empty", [1, 2, 30])
@pytest.mark.parametrize("dispose", [0, 1, 2, 3])
def test_empty_frames_are_passed_over(empty: int, dispose: int) -> None:
    nothing = frame(field(3), clear=3, dispose=dispose)
    data = gif((16, 12), *[nothing] * empty, frame(field(9), clear=3), frame(field(4), clear=3))
    assert (seen(data) == COLOURS[9]).all()
    assert not holes(data).any()


def test_the_first_frame_counts_even_if_it_is_one_colour() -> None:
    assert (seen(gif((16, 12), frame(field(3)), frame(field(9)))) == COLOURS[3]).all()


def test_an_animation_that_never_shows_anything_is_refused() -> None:
    assert "transparent all over" in refusal(gif((16, 12), *[frame(field(3), clear=3)] * 5))


def test_a_first_frame_larger_than_the_canvas_makes_it_larger() -> None:
    for size in ((0, 0), (8, 8)):
        assert take_in(gif(size, frame(NOISE))).size == (40, 48)


def test_later_frames_may_reach_out_of_the_canvas() -> None:
    data = gif((16, 12), frame(field(3), clear=3), frame(field(9), (8, 6)))
    assert (~holes(data)).sum() == 8 * 6


@pytest.mark.parametrize(
    "block",
    [
        b"\x21\xfe\x05hello\0",
        b"\x21\xff\x0bNETSCAPE2.0\x03\x01\0\0\0",
        b"\x21\xff\x0bXMP DataXMP" + bytes(range(1, 200)) + b"\0",
        b"\x21\xf9\x04\0\0",
        b"\x21\x01\0",
        b"\0\0",
    ],
    ids=["comment", "loop", "XMP", "control cut short", "text", "zeros"],
)
def test_blocks_that_are_no_frames_harm_nobody(block: bytes) -> None:
    data = (
        gif((40, 48), block, frame(NOISE)) if b"\x04\0\0" not in block else gif((40, 48), frame(NOISE), block)
    )
    if b"XMP" not in block:
        assert (seen(data) == COLOURS[NOISE]).all()


def test_what_is_behind_the_end_is_not_looked_at() -> None:
    data = gif((40, 48), frame(NOISE))
    assert take_in(data + data[100:] + bytes(99)) == take_in(data)
    assert take_in(data[:-1]) == take_in(data)


@pytest.mark.parametrize("lost", [2, 3, 10, 50, 150])
def test_a_few_bytes_less_are_rows_again(lost: int) -> None:
    data = gif((40, 48), frame(NOISE))
    cut = seen(data[:-lost])
    rows = 48 - 1 - lost // 40
    assert (cut[:rows] == COLOURS[NOISE][:rows]).all()
    assert lost < 50 or (cut[-1] == cut[-2]).all()


def test_an_animation_that_is_cut_is_its_first_frame() -> None:
    data = gif((40, 48), frame(NOISE), frame(NOISE[::-1]))
    assert take_in(data[: len(data) * 2 // 3]) == take_in(gif((40, 48), frame(NOISE)))


@pytest.mark.parametrize("lost", [2, 30, 150])
def test_of_interlaced_rows_those_between_are_lost(lost: int) -> None:
    data = gif((40, 48), frame(NOISE, interlaced=True))
    cut, whole = seen(data[:-lost]), COLOURS[NOISE]
    gone = 1 + lost // 40
    lowest = range(49 - 2 * gone, 48, 2)
    assert (cut[::2] == whole[::2]).all()
    assert (cut[: lowest[0]] == whole[: lowest[0]]).all()
    assert all((cut[row] == whole[row]).all() or (cut[row] == cut[row - 1]).all() for row in lowest)


def test_as_pillow_writes_it_and_cut() -> None:
    image = Image.fromarray(NOISE.astype(np.uint8))
    data = written(image, "GIF")
    assert np.abs(seen(data[:-20])[::2] - np.asarray(image)[::2, :, None]).max() == 0


@pytest.mark.parametrize("share", [0.25, 0.5])
def test_much_less_is_refused(share: float) -> None:
    data = gif((40, 48), frame(NOISE))
    assert "cut off or damaged" in refusal(data[: round(len(data) * (1 - share))])


def test_as_pillow_writes_them() -> None:
    frames = [Image.new("RGBA", (24, 24)) for _ in range(3)]
    frames[2].paste("red", (4, 4, 12, 12))
    taken = take_in(written(frames[0], "GIF", save_all=True, append_images=frames[1:], disposal=2))
    assert (of(taken)[6, 6] == (255, 0, 0)).all()
