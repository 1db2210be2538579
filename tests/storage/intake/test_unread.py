"""Formats that are named and not read."""

from __future__ import annotations

import pytest
from PIL import Image

from storage.intake.unread import unread_format
from tests.storage.intake.files import refusal, scene, written

PHONE = b"\0\0\0\x24ftypheic\0\0\0\0mif1MiPrmiafMiHBheic\0\0\x0f\xffmeta"


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (PHONE, "HEIC"),
        (b"\0\0\0\x1cftypmif1\0\0\0\0mif1avifmiaf", "AVIF"),
        (b"\0\0\0\x14ftypavis\0\0\0\0avis", "AVIF"),
        (b"\xff\x0a\xfa\x7f", "JPEG XL"),
        (b"\0\0\0\x0cJXL \r\n\x87\n\0\0", "JPEG XL"),
        (b"8BPS\0\x01", "PSD"),
        (b"\0\0\0\x18ftypmp42\0\0\0\0isom", None),
        (b"\xff\xff\xff\xffftyp", None),
        (b"", None),
    ],
)
def test_formats_are_known_by_their_first_bytes(data: bytes, name: str | None) -> None:
    assert unread_format(data) == name


@pytest.mark.parametrize(("kind", "name"), [("AVIF", "AVIF"), ("JPEG2000", "JPEG 2000")])
def test_what_programs_write_is_named_with_what_to_do(kind: str, name: str) -> None:
    Image.init()
    if kind not in Image.SAVE:
        pytest.skip("this Pillow cannot write it")
    assert refusal(written(scene(), kind)) == (
        f"The picture is in {name}, which cannot be read here: save or share it as a JPEG and send that."
    )
