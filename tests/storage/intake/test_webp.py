"""WebP: still and moving, with what may be broken beside the pixels."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from PIL import Image

from storage.intake import take_in
from tests.storage.intake.files import holes, of, refusal, scene, seen, written

RNG = np.random.default_rng(5)
SMOOTH = Image.fromarray(RNG.integers(0, 256, (8, 8, 3)).astype(np.uint8)).resize(
    (160, 160), Image.Resampling.BICUBIC
)


def chunked(data: bytes) -> list[tuple[bytes, bytes]]:
    found, at = [], 12
    while at < len(data):
        kind, length = struct.unpack_from("<4sI", data, at)
        found.append((kind, data[at + 8 : at + 8 + length]))
        at += 8 + length + length % 2
    return found


def riff(chunks: list[tuple[bytes, bytes]]) -> bytes:
    body = b"".join(
        kind + struct.pack("<I", len(each)) + each + bytes(len(each) % 2) for kind, each in chunks
    )
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


@pytest.mark.parametrize("lossless", [True, False])
def test_pixels_and_transparency(lossless: bool) -> None:
    image = SMOOTH.convert("RGBA")
    image.paste((1, 2, 3, 0), (20, 30, 60, 50))
    data = written(image, "WEBP", lossless=lossless, quality=95)
    assert holes(data)[30:50, 20:60].all()
    assert holes(data).sum() == 800
    assert np.abs(seen(data) - np.asarray(SMOOTH))[~holes(data)].mean() < (3 if not lossless else 0.01)


@pytest.mark.parametrize("empty", [1, 2, 20])
def test_empty_frames_are_passed_over(empty: int) -> None:
    nothing = [Image.new("RGBA", (32, 24), (each, 0, 0, 0)) for each in range(empty)]
    frames = [
        *nothing,
        Image.new("RGBA", (32, 24), (0, 0, 255, 255)),
        Image.new("RGBA", (32, 24), (255, 0, 0, 255)),
    ]
    data = written(
        frames[0],
        "WEBP",
        save_all=True,
        append_images=frames[1:],
        lossless=True,
        allow_mixed=False,
        minimize_size=False,
    )
    assert (seen(data) == (0, 0, 255)).all()
    assert not holes(data).any()


def test_an_animation_that_never_shows_anything_is_refused() -> None:
    frames = [Image.new("RGBA", (32, 24), (each, 0, 0, 0)) for each in range(3)]
    assert "transparent all over" in refusal(
        written(frames[0], "WEBP", save_all=True, append_images=frames[1:], lossless=True)
    )


@pytest.mark.parametrize("orientation", [3, 6, 8])
def test_orientation_counts_when_the_rest_of_exif_is_broken(orientation: int) -> None:
    exif = b"MM\0*\0\0\0\x08\0\3" + struct.pack(">HHI4s", 0x010F, 2, 400, b"\xff\xff\xff\xff")
    exif += struct.pack(">HHIHH", 0x0112, 3, 1, orientation, 0)
    turned = {3: 2, 6: 3, 8: 1}[orientation]
    for start in (b"", b"Exif\0\0"):
        data = written(scene(), "WEBP", lossless=True, exif=start + exif)
        assert (seen(data) == np.rot90(np.asarray(scene()), turned)).all()


@pytest.mark.parametrize(
    "beside",
    [
        (b"EXIF", b"nonsense"),
        (b"EXIF", b""),
        (b"ICCP", b"nonsense"),
        (b"XMP ", bytes(3000)),
        (b"ABCD", b"\xff" * 31),
    ],
    ids=["EXIF", "empty EXIF", "profile", "XMP", "unknown"],
)
def test_what_is_beside_the_pixels_harms_nobody(beside: tuple[bytes, bytes]) -> None:
    plain = written(scene(), "WEBP", lossless=True)
    size = b"\x2c\0\0\0" + (47).to_bytes(3, "little") + (39).to_bytes(3, "little")
    for flags in (0x2C, 0x00):
        head = (b"VP8X", bytes([flags]) + size[1:])
        for chunks in ([head, beside, *chunked(plain)], [head, *chunked(plain), beside]):
            assert (seen(riff(chunks)) == np.asarray(scene())).all()


def test_what_is_behind_the_end_is_not_looked_at() -> None:
    data = written(SMOOTH, "WEBP")
    assert take_in(data + b"\xff" * 999) == take_in(data)


@pytest.mark.parametrize("lost", [1, 2, 8, 40])
def test_a_few_bytes_less_are_rows_again(lost: int) -> None:
    data = written(SMOOTH, "WEBP", quality=95)
    assert lost < len(data) / 10
    whole, cut = seen(data), seen(data[:-lost])
    assert np.abs(cut - whole)[:128].mean() < 1
    assert np.abs(cut - whole).mean() < 8


@pytest.mark.parametrize("lossless", [True, False])
def test_much_less_is_refused(lossless: bool) -> None:
    data = written(SMOOTH, "WEBP", lossless=lossless)
    for share in (0.2, 0.5, 0.9):
        assert "cut off or damaged" in refusal(data[: round(len(data) * (1 - share))])


@pytest.mark.parametrize("size", [(16383, 16383), (16000, 16000)])
def test_a_canvas_of_impossible_size_is_refused_before_it_is_made(size: tuple[int, int]) -> None:
    across, down = ((each - 1).to_bytes(3, "little") for each in size)
    animation = riff(
        [
            (b"VP8X", b"\2\0\0\0" + across + down),
            (b"ANIM", bytes(6)),
            (b"ANMF", bytes(16) + b"VP8L" + bytes(12)),
        ]
    )
    assert "20 megapixels" in refusal(animation)
    still = riff([(b"VP8L", b"\x2f" + struct.pack("<I", (size[0] - 1) | (size[1] - 1) << 14))])
    assert "20 megapixels" in refusal(still)


def test_a_moving_picture_that_is_cut_is_its_first_frame() -> None:
    frames = [SMOOTH, SMOOTH.transpose(Image.Transpose.FLIP_LEFT_RIGHT)]
    data = written(frames[0], "WEBP", save_all=True, append_images=frames[1:], quality=95)
    assert np.abs(of(take_in(data[:-30])) - np.asarray(SMOOTH)).mean() < 4
