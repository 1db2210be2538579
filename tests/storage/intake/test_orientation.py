"""How a camera was held, and EXIF that makes no sense."""

from __future__ import annotations

import struct

import pytest
from PIL import Image, ImageOps

from storage.intake.orientation import orientation_in, upright


def exif(said: int, endian: str = "<", *, kind: int = 3, count: int = 1) -> bytes:
    head = (b"II*\0" if endian == "<" else b"MM\0*") + struct.pack(endian + "IH", 8, 1)
    value = struct.pack(endian + ("HH" if kind == 3 else "I"), *((said, 0) if kind == 3 else (said,)))
    return b"Exif\0\0" + head + struct.pack(endian + "HHI", 0x0112, kind, count) + value


@pytest.mark.parametrize("said", range(1, 9))
@pytest.mark.parametrize("endian", ["<", ">"])
def test_a_picture_is_turned_as_pillow_turns_it(said: int, endian: str) -> None:
    image = Image.effect_noise((5, 3), 90)
    tags = Image.Exif()
    tags[0x0112] = said
    image.info["exif"] = tags.tobytes()
    found = orientation_in(exif(said, endian))
    assert found == said
    assert upright(image, found).tobytes() == ImageOps.exif_transpose(image).tobytes()


@pytest.mark.parametrize(
    "broken",
    [b"", b"Exif\0\0", exif(9), exif(0), exif(6, count=2), exif(6)[:-6], b"Exif\0\0II*\0\xff\xff\xff\xff"],
)
def test_what_makes_no_sense_turns_nothing(broken: bytes) -> None:
    assert orientation_in(broken) == 1


def test_a_long_number_is_read_too() -> None:
    assert orientation_in(exif(6, kind=4)) == 6
