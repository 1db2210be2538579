"""A file is what its first bytes say, whatever it is called."""

from __future__ import annotations

import pytest
from PIL import Image

from storage.intake.formats import decode
from storage.intake.refused import IntakeError
from tests.storage.intake.files import written


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP"])
def test_each_format_is_known_by_its_first_bytes(kind: str) -> None:
    data = written(Image.new("RGB", (24, 16), "teal"), kind)
    assert decode(data, "picture").colours.size == (24, 16)
    with pytest.raises(IntakeError, match="The mask is no picture that can be read here"):
        decode(b"x" + data, "mask")


def test_what_breaks_a_decoder_is_damaged() -> None:
    with pytest.raises(IntakeError, match="The picture is cut off or damaged"):
        decode(written(Image.new("RGB", (24, 16)), "PNG")[:40], "picture")


def test_a_size_is_refused_before_a_pixel_is_decoded() -> None:
    with pytest.raises(IntakeError, match="too long and thin"):
        decode(written(Image.new("RGB", (80, 9)), "PNG")[:40], "picture")
