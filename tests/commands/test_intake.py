"""Files that an operator gives, cleaned and stored."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image

from commands.intake import kept, kept_whole
from commands.refusals import sentence_of
from commands.terminal import Refused
from storage.blobs import Blobs
from storage.intake import IntakeError
from storage.settings import Settings


def test_a_picture_is_stored_with_what_is_masked_in_it(tmp_path: Path) -> None:
    settings, mask = Settings(home=tmp_path), Image.new("L", (64, 48))
    mask.paste(255, (8, 8, 24, 24))
    mask.save(tmp_path / "mask.png")
    Image.new("RGB", (64, 48), "teal").save(tmp_path / "photo.png")
    blob, masked, size = kept(settings, tmp_path / "photo.png", tmp_path / "mask.png")
    assert size == (64, 48)
    assert Image.open(io.BytesIO(Blobs.open(settings).get(blob))).getpixel((0, 0)) == (0, 128, 128)
    assert masked is not None
    assert Image.open(io.BytesIO(Blobs.open(settings).get(masked))).getbbox() == (8, 8, 24, 24)
    assert kept_whole(settings, tmp_path / "photo.png") == (blob, (64, 48))


def test_what_is_wrong_is_said_of_both_files(tmp_path: Path) -> None:
    Image.new("RGB", (64, 48)).save(tmp_path / "photo.png")
    Image.new("L", (8, 8), 255).save(tmp_path / "mask.png")
    with pytest.raises(IntakeError) as caught:
        kept(Settings(home=tmp_path), tmp_path / "photo.png", tmp_path / "mask.png")
    said = str(sentence_of(caught.value))
    assert said.startswith(
        f"{tmp_path / 'photo.png'} with {tmp_path / 'mask.png'}: The mask has 8 x 8 pixels"
    )


def test_a_picture_with_holes_has_them_filled_first(tmp_path: Path) -> None:
    holes = Image.new("RGBA", (64, 48), "teal")
    holes.paste((0, 0, 0, 0), (0, 0, 20, 20))
    holes.save(tmp_path / "holes.png")
    with pytest.raises(Refused, match="is transparent in parts: have them filled first"):
        kept_whole(Settings(home=tmp_path), tmp_path / "holes.png")
