from __future__ import annotations

import re

import pytest

from tasks.size import SIDE_STEP, NoSuchSize, Size, size_like, size_said

SIDES = [128, 192, 512, 768, 1024]
SHAPES = {
    "square": 1,
    "portrait": 2 / 3,
    "landscape": 3 / 2,
    "wide": 7 / 4,
    "4:3": 4 / 3,
    "3/4": 3 / 4,
    "16:9": 16 / 9,
}


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize(("said", "ratio"), SHAPES.items())
def test_a_size_has_its_shape_and_as_many_pixels_as_a_checkpoint_was_trained_on(
    said: str, ratio: float, side: int
) -> None:
    width, height = size_said(said, side)
    assert abs(width / height / ratio - 1) <= 0.04
    assert 0.74 < width * height / side**2 <= 1.02, "more area makes things come twice"
    step = SIDE_STEP // 2 if side >= 512 else 8
    assert width % step == height % step == 0, "the latents halve evenly in the UNet, where they can"


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("size", Size)
def test_a_name_is_the_shape_that_it_says(size: Size, side: int) -> None:
    width, height = size.pixels(side)
    assert (width > height) == (size in (Size.LANDSCAPE, Size.WIDE))
    assert (height > width) == (size is Size.PORTRAIT)
    assert (
        size.pixels(512)
        == {"square": (512, 512), "portrait": (416, 624), "landscape": (624, 416), "wide": (672, 384)}[size]
    )


@pytest.mark.parametrize("side", [128, 512, 1024])
@pytest.mark.parametrize("shape", [(100, 100), (4000, 3000), (300, 500), (2048, 256), (8, 64)])
def test_a_rendering_has_the_shape_of_the_picture_it_starts_from(shape: tuple[int, int], side: int) -> None:
    width, height = size_like(*shape, side)
    assert width % 8 == height % 8 == 0
    assert 64 <= min(width, height) <= max(width, height) <= 2048
    if max(shape) < 2 * min(shape):
        assert abs(width / height / (shape[0] / shape[1]) - 1) <= 0.04
        assert 0.74 < width * height / side**2 <= 1.02


@pytest.mark.parametrize(
    ("said", "size"),
    [
        ("1024x576", (1024, 576)),
        ("96 x 64", (96, 64)),
        ("256×2048", (256, 2048)),
        ("512x64", (512, 64)),
        ("WIDE", (672, 384)),
        (" 1:1 ", (512, 512)),
        ("16∶9", (672, 384)),
        ("1,5:1", (624, 416)),
        ("1,5/1,0", (624, 416)),
        ("\uff11\uff16\uff1a\uff19", (672, 384)),
    ],
)
def test_sizes_are_read_as_people_write_them(said: str, size: tuple[int, int]) -> None:
    assert size_said(said, 512) == size


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        (
            "banana",
            "'banana' is no size: choose square, portrait, landscape, wide, a ratio such as 16:9, or pixels",
        ),
        ("", "is no size"),
        ("-16:9", "is no size"),
        ("0:0", "'0:0' is no size"),
        ("0,0/0", "is no size"),
        ("1,5,1", "is no size"),
        ("512", "is no size"),
        ("1000x700", "such as 1000x704"),
        ("5x5", "such as 64x64"),
        ("99999x512", "such as 2048x512"),
        ("2048x64", "2048x64 is too long and thin: one side may be 8 times the other."),
        ("64x520", "64x520 is too long and thin"),
        ("10000x10", "such as 2048x256"),
        ("10x600", "such as 80x600"),
        ("0:1", "too long and thin"),
        ("1:0", "too long and thin"),
        ("9:1", "one side may be 8 times the other"),
    ],
)
def test_what_is_no_size_is_told_with_what_is_one(said: str, sentence: str) -> None:
    with pytest.raises(NoSuchSize, match=re.escape(sentence)):
        size_said(said, 512)


@pytest.mark.parametrize("across", [1, 63, 500, 1001, 2047, 9999])
@pytest.mark.parametrize("down", [1, 65, 511, 2049])
def test_the_size_that_is_proposed_can_be_drawn(across: int, down: int) -> None:
    with pytest.raises(NoSuchSize) as refused:
        size_said(f"{across}x{down}", 512)
    _, _, proposed = str(refused.value).rstrip(".").rpartition("such as ")
    assert size_said(proposed, 512)
