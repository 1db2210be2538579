"""What is written in pictures, drawn here with Pillow."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont

from moderation import lettering as room
from moderation.lettering import Lettering, lettering
from moderation.pinned_onnx import DetectorError
from moderation.seen import NOTHING
from pocket.world.drawing import draw
from pocket.world.scene import Figure, Scene

CHINESE = Path(__file__).with_name("written.png")
"""A meadow with two names in Noto Sans CJK."""


def meadow(side: int = 512) -> Image.Image:
    scene = Scene("meadow", (), (Figure("woman", "red", "waving", "centre", "big"),))
    return Image.fromarray(draw(scene, 3).pixels).resize((side, side))


def written(text: str, size: int = 32) -> Image.Image:
    image = meadow()
    ImageDraw.Draw(image).text((20, 200), text, fill="black", font=ImageFont.load_default(size))
    return image


def page(words: int = 10_000) -> Image.Image:
    image = Image.new("RGB", (2000, 2000), "white")
    pen, font = ImageDraw.Draw(image), ImageFont.load_default(16)
    for line in range(words // 100):
        pen.text((4, 20 * line), "tree " * 100, fill="black", font=font)
    return image


@pytest.mark.parametrize("size", [16, 32, 64])
def test_lines_are_read_in_letters_of_many_sizes(size: int) -> None:
    assert "Taylor Swift is here" in lettering().read(written("Taylor Swift\nis here", size)).text


def test_a_long_line_is_read_to_its_end() -> None:
    line = Image.new("RGB", (2400, 60), "white")
    said = "a tree and a river " * 12 + "and Taylor Swift"
    ImageDraw.Draw(line).text((4, 10), said, fill="black", font=ImageFont.load_default(20))
    assert "and Taylor Swift" in lettering().read(line, closely=True).text


def test_chinese_and_japanese_are_read() -> None:
    with Image.open(CHINESE) as image:
        assert lettering().read(image).lines == ("特朗普", "テイラー・スウィフト")


def test_a_line_that_climbs_is_read() -> None:
    turned = written("Taylor Swift").rotate(20)
    assert "Taylor Swift" in lettering().read(turned).text


@pytest.mark.parametrize(
    "way", [Image.Transpose.ROTATE_90, Image.Transpose.ROTATE_180, Image.Transpose.FLIP_LEFT_RIGHT]
)
def test_a_line_is_read_whichever_way_it_stands(way: Image.Transpose) -> None:
    turned = written("Taylor Swift").transpose(way)
    assert "Taylor Swift" in lettering().read(turned).text


def test_pale_writing_is_read_though_there_is_a_dark_speck() -> None:
    pale = Image.new("RGB", (512, 512), "white")
    pen = ImageDraw.Draw(pale)
    pen.text((60, 220), "Taylor Swift", fill=(245, 245, 245), font=ImageFont.load_default(32))
    pen.rectangle((5, 5, 15, 15), fill="black")
    assert lettering().read(pale).text == "Taylor Swift"


def test_a_picture_without_writing_says_nothing() -> None:
    assert lettering().read(meadow(128)) == NOTHING
    assert lettering().read(Image.new("L", (40, 900))) == NOTHING


def test_a_page_of_ten_thousand_words_has_its_answer_in_bounded_time() -> None:
    began = time.process_time()
    found = lettering().read(page(), closely=True)
    assert found.has_more
    assert time.process_time() - began < 30


def test_without_the_pinned_weights_nothing_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "pinned", lambda name: "0" * 64)
    with pytest.raises(DetectorError, match="not the expected ones"):
        Lettering.load()
