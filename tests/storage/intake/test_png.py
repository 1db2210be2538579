"""PNG: every depth and kind of colour, its transparency, what may be broken beside the pixels, animations."""

from __future__ import annotations

import resource
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from storage.intake import take_in
from tests.storage.intake.files import (
    SIGNATURE,
    Pixels,
    chunk,
    holes,
    of,
    png,
    refusal,
    scene,
    seen,
    with_chunks,
    written,
)


def zeros(megabytes: int) -> bytes:
    """That many million bytes of zeros, compressed: one million, repeated, as all would take a second."""
    deflate = zlib.compressobj(9, wbits=-15)
    million = deflate.compress(bytes(1_000_000)) + deflate.flush(zlib.Z_FULL_FLUSH)
    checksum = struct.pack(">HH", megabytes * 1_000_000 % 65521, 1)  # Adler-32 of so many zeros
    return b"\x78\xda" + million * megabytes + deflate.flush() + checksum


SIDE = 16
RNG = np.random.default_rng(2)
BOMB = zeros(300)
PASSES = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))


def packed(samples: Pixels, depth: int) -> bytes:
    """Rows as PNG stores them; `samples` is (height, width, channels)."""
    rows = b""
    for row in samples.reshape(len(samples), -1):
        if depth == 16:
            rows += b"\0" + row.astype(">u2").tobytes()
        else:
            bits = ((row[:, None] >> np.arange(depth)[::-1]) & 1).astype(np.uint8)
            rows += b"\0" + np.packbits(bits.ravel()).tobytes()
    return rows


def interlaced(samples: Pixels, depth: int) -> bytes:
    return b"".join(
        packed(samples[top::down, left::across], depth)
        for left, top, across, down in PASSES
        if samples[top::down, left::across].size
    )


def samples_of(depth: int, channels: int, side: int = SIDE) -> Pixels:
    return RNG.integers(0, 1 << depth, (side, side, channels))


@pytest.mark.parametrize("woven", [False, True], ids=["plain", "interlaced"])
@pytest.mark.parametrize("depth", [1, 2, 4, 8, 16])
def test_grey_of_every_depth_with_and_without_a_transparent_shade(depth: int, woven: bool) -> None:
    samples = samples_of(depth, 1, 13)
    rows = interlaced(samples, depth) if woven else packed(samples, depth)
    data = bytearray(png((13, 13), depth, 0, rows))
    if woven:
        data[28] = 1
        data[29:33] = struct.pack(">I", zlib.crc32(data[12:29]))
    grey = samples[:, :, 0] * 255 / ((1 << depth) - 1)
    assert np.abs(seen(bytes(data)) - grey[:, :, None]).max() <= 1
    assert not holes(bytes(data)).any()
    shade = int(samples[4, 5, 0])
    clear = with_chunks(bytes(data), chunk(b"tRNS", struct.pack(">H", shade)))
    assert (holes(clear) == (samples[:, :, 0] == shade)).all()


def test_the_hole_of_16_bit_grey_is_one_shade_and_not_its_neighbours() -> None:
    samples = np.full((SIDE, SIDE, 1), 0x7692)
    samples[4:8, 4:8] = 0x7693
    data = png((SIDE, SIDE), 16, 0, packed(samples, 16), chunk(b"tRNS", struct.pack(">H", 0x7693)))
    hole = holes(data)
    assert hole[4:8, 4:8].all()
    assert hole.sum() == 16


@pytest.mark.parametrize("depth", [8, 16])
def test_the_hole_of_rgb_is_one_colour_in_all_its_bits(depth: int) -> None:
    samples = samples_of(depth, 3)
    samples[2:5, 3:9] = samples[0, 0] = colour = samples[7, 7].copy()
    for channel in range(3):
        samples[12, channel] = colour
        samples[12, channel, channel] ^= 1
    data = png((SIDE, SIDE), depth, 2, packed(samples, depth), chunk(b"tRNS", struct.pack(">3H", *colour)))
    expected = (samples == colour).all(axis=2)
    assert (holes(data) == expected).all()
    assert np.abs(seen(data)[~expected] - samples[~expected] * 255 / ((1 << depth) - 1)).max() <= 1


@pytest.mark.parametrize("depth", [8, 16])
@pytest.mark.parametrize(("kind", "channels"), [(4, 2), (6, 4)], ids=["grey", "RGB"])
def test_colours_with_alpha(kind: int, channels: int, depth: int) -> None:
    samples = samples_of(depth, channels)
    data = png((SIDE, SIDE), depth, kind, packed(samples, depth))
    hole = samples[:, :, -1] >> (depth - 8) < 128
    assert (holes(data) == hole).all()
    colours = samples[:, :, :-1] * 255 / ((1 << depth) - 1)
    assert np.abs(seen(data)[~hole] - colours[~hole]).max() <= 1


@pytest.mark.parametrize("depth", [1, 2, 4, 8])
def test_a_palette_with_transparency(depth: int) -> None:
    palette = RNG.integers(0, 256, (1 << depth, 3))
    alpha = RNG.integers(0, 256, (1 << depth) - 1)
    alpha[0] = 0
    samples = samples_of(depth, 1)
    samples[0, 0], samples[0, 1] = 0, (1 << depth) - 1
    chunks = (
        chunk(b"PLTE", palette.astype(np.uint8).tobytes()),
        chunk(b"tRNS", alpha.astype(np.uint8).tobytes()),
    )
    data = png((SIDE, SIDE), depth, 3, packed(samples, depth), *chunks)
    hole = np.append(alpha, 255)[samples[:, :, 0]] < 128
    assert (holes(data) == hole).all()
    assert (seen(data)[~hole] == palette[samples[:, :, 0]][~hole]).all()


def test_a_palette_that_is_too_short_is_black_beyond_its_end() -> None:
    samples = np.full((SIDE, SIDE, 1), 9)
    samples[:8] = 0
    data = png((SIDE, SIDE), 8, 3, packed(samples, 8), chunk(b"PLTE", bytes((255, 0, 0))))
    assert (seen(data)[0, 0] == (255, 0, 0)).all()
    assert (seen(data)[-1, 0] == 0).all()


def badly_summed(data: bytes, kind: bytes) -> bytes:
    """The same with a wrong checksum of one chunk."""
    at = data.index(kind)
    length = int.from_bytes(data[at - 4 : at], "big")
    return data[: at + 4 + length] + b"\0\0\0\0" + data[at + 8 + length :]


BESIDE = {
    "EXIF that is text": chunk(b"eXIf", b"b'Exif\\x00\\x00MM\\x00*'@N"),
    "EXIF of nothing": chunk(b"eXIf", b""),
    "EXIF that points away": chunk(b"eXIf", b"MM\0*\xff\xff\xff\xff"),
    "EXIF that is cut": chunk(b"eXIf", b"II*\0\x08\0\0\0\xff\xff\x12\x01"),
    "much text": chunk(b"zTXt", b"workflow\0\0" + zlib.compress(b"node " * 300_000)),
    "much international text": chunk(b"iTXt", b"prompt\0\1\0\0\0" + zlib.compress(b"node " * 300_000)),
    "3 MB of plain text": chunk(b"tEXt", b"workflow\0" + b"node " * 600_000),
    "a bomb of text": chunk(b"zTXt", b"a\0\0" + BOMB),
    "a bomb of international text": chunk(b"iTXt", b"a\0\1\0\0\0" + BOMB),
    "a bomb of a profile": chunk(b"iCCP", b"a\0\0" + BOMB),
    "eighty bombs": b"".join(chunk(b"zTXt", b"%d\0\0" % each + BOMB[:40_000]) for each in range(80)),
    "text without a key": chunk(b"tEXt", b""),
    "text squeezed in another way": chunk(b"zTXt", b"a\0\7xyz"),
    "text that is no zlib": chunk(b"zTXt", b"a\0\0" + bytes(20)),
    "text that is no UTF-8": chunk(b"iTXt", b"\xff\0\0\0\xfe\0\xfd\0\xff\xff"),
    "a profile without a name": chunk(b"iCCP", b""),
    "a profile squeezed in another way": chunk(b"iCCP", b"a\0\7xyz"),
    "times and sizes cut short": b"".join(
        chunk(each, b"\1") for each in (b"tIME", b"pHYs", b"gAMA", b"cHRM", b"sRGB", b"bKGD")
    ),
    "a wrong checksum of text": badly_summed(chunk(b"tEXt", b"a\0b"), b"tEXt"),
    "a private chunk": chunk(b"vpAg", bytes(9)),
    "an animation's count alone": chunk(b"acTL", struct.pack(">II", 3, 0)),
    "two counts": chunk(b"acTL", bytes(8)) * 2,
}


@pytest.mark.parametrize("beside", BESIDE.values(), ids=BESIDE.keys())
def test_what_is_beside_the_pixels_harms_nobody(beside: bytes) -> None:
    picture = written(scene())
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    taken = take_in(with_chunks(picture, beside))
    assert (of(taken) == np.asarray(scene())).all()
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 40_000, "kB"
    behind = picture[:-12] + beside + picture[-12:]
    assert take_in(behind) == taken


def test_wrong_checksums_of_sound_pixels_are_not_damage() -> None:
    for kind in (b"IHDR", b"IDAT"):
        assert (seen(badly_summed(written(scene()), kind)) == np.asarray(scene())).all()


def test_pixels_in_many_pieces_with_empty_ones_among_them() -> None:
    data = written(scene())
    at = data.index(b"IDAT")
    body = data[at + 4 : at + 4 + int.from_bytes(data[at - 4 : at], "big")]
    pieces = b"".join(
        chunk(b"IDAT", body[each : each + 7]) + chunk(b"IDAT", b"") for each in range(0, len(body), 7)
    )
    assert (seen(data[: at - 4] + pieces + chunk(b"IEND", b"")) == np.asarray(scene())).all()


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "P", "I;16"])
@pytest.mark.parametrize("lost", [1, 4, 12, 14, 18, 30])
def test_a_few_bytes_less_are_a_few_rows_again(mode: str, lost: int) -> None:
    pixels = RNG.integers(0, 256, (64, 64, 3)).astype(np.uint8)
    image = Image.fromarray(pixels)
    if mode == "I;16":
        image = Image.fromarray(pixels[:, :, 0].astype(np.uint16) * 257)
    else:
        image = image.convert(mode)
    data = written(image)
    whole, cut = seen(data), seen(data[:-lost])
    assert (cut[:62] == whole[:62]).all()
    if lost > 20 and mode == "RGB":
        assert (cut[63] == cut[62]).all(), "the last row is what is above it"


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
def test_a_picture_of_which_much_is_missing_is_refused(share: float) -> None:
    noise = Image.fromarray(RNG.integers(0, 256, (64, 64, 3)).astype(np.uint8))
    data = written(noise)
    assert "cut off or damaged" in refusal(data[: round(len(data) * (1 - share))])
    assert "cut off or damaged" in refusal(data[:33])


def test_an_interlaced_picture_that_is_cut_is_completed() -> None:
    samples = np.asarray(scene((64, 64))).astype(np.int64)
    rows = interlaced(samples, 8)
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 64, 64, 8, 2, 0, 0, 1))
    pixels = chunk(b"IDAT", zlib.compress(rows, 0)[: -len(rows) // 12])
    cut = seen(SIGNATURE + header + pixels)
    assert (cut[:50] == samples[:50]).all()
    assert (cut[::2] == samples[::2]).all()
    assert np.abs(cut - samples).mean() < 4, "the rows between are like the last that came"


def frame(
    number: int, box: tuple[int, int, int, int], pixels: Pixels, dispose: int = 0, blend: int = 0
) -> bytes:
    """A frame of an animation, RGBA: left, top, width and height. The first is the still picture."""
    left, top, width, height = box
    control = struct.pack(
        ">IIIIIHHBB", max(0, 2 * number - 1), width, height, left, top, 1, 10, dispose, blend
    )
    body = zlib.compress(packed(pixels, 8))
    if number == 0:
        return chunk(b"fcTL", control) + chunk(b"IDAT", body)
    return chunk(b"fcTL", control) + chunk(b"fdAT", struct.pack(">I", 2 * number) + body)


def animation(*frames: bytes, before: bytes = b"") -> bytes:
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", SIDE, SIDE, 8, 6, 0, 0, 0))
    return (
        SIGNATURE
        + header
        + chunk(b"acTL", struct.pack(">II", len(frames), 0))
        + before
        + b"".join(frames)
        + chunk(b"IEND", b"")
    )


def field(colour: tuple[int, int, int, int], width: int = SIDE, height: int = SIDE) -> Pixels:
    return np.broadcast_to(np.array(colour), (height, width, 4))


ALL = (0, 0, SIDE, SIDE)
NOTHING = field((0, 0, 0, 0))


def test_the_first_frame_that_shows_something_is_taken() -> None:
    data = animation(
        frame(0, ALL, NOTHING),
        frame(1, ALL, field((1, 2, 3, 10))),
        frame(2, ALL, field((0, 0, 255, 255))),
        frame(3, ALL, field((255, 0, 0, 255))),
    )
    assert (seen(data) == (0, 0, 255)).all()
    assert not holes(data).any()


def test_the_first_frame_is_taken_when_it_shows_something() -> None:
    data = animation(frame(0, ALL, field((0, 255, 0, 255))), frame(1, ALL, field((255, 0, 0, 255))))
    assert (seen(data) == (0, 255, 0)).all()


def test_frames_are_drawn_at_their_place() -> None:
    data = animation(frame(0, ALL, NOTHING), frame(1, (4, 6, 5, 3), field((9, 8, 7, 255), 5, 3)))
    assert (seen(data)[6:9, 4:9] == (9, 8, 7)).all()
    assert (~holes(data)).sum() == 15
    assert not holes(data)[6:9, 4:9].any()


def test_a_still_picture_beside_the_animation_is_not_its_first_frame() -> None:
    still = chunk(b"IDAT", zlib.compress(packed(field((5, 5, 5, 255)), 8)))
    data = animation(frame(1, ALL, field((0, 255, 0, 255))), before=still)
    assert (seen(data) == (0, 255, 0)).all()


def test_an_animation_that_never_shows_anything_is_refused() -> None:
    assert "transparent all over" in refusal(animation(*(frame(each, ALL, NOTHING) for each in range(4))))


def test_an_animation_whose_later_frames_are_broken_is_its_still_picture() -> None:
    data = animation(frame(0, ALL, field((0, 255, 0, 255))), chunk(b"fcTL", bytes(3)), chunk(b"fdAT", b""))
    assert (seen(data) == (0, 255, 0)).all()


@pytest.mark.parametrize("orientation", [3, 6, 8])
def test_orientation_counts_in_an_exif_chunk_whatever_else_is_in_it(orientation: int) -> None:
    exif = b"MM\0*\0\0\0\x08\0\2" + struct.pack(">HHI4s", 0x010F, 2, 400, b"\xff\xff\xff\xff")
    exif += struct.pack(">HHIHH", 0x0112, 3, 1, orientation, 0)
    turned = {3: 2, 6: 3, 8: 1}[orientation]
    data = with_chunks(written(scene()), chunk(b"eXIf", exif))
    assert (seen(data) == np.rot90(np.asarray(scene()), turned)).all()
