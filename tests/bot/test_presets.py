from __future__ import annotations

import pytest

from bot.presets import SIDE_STEP, Imagination, Quality, Size


@pytest.mark.parametrize("side", [128, 192, 512, 768, 1024])
@pytest.mark.parametrize("size", Size)
def test_sizes_have_their_shape_and_suit_the_unet(size: Size, side: int) -> None:
    width, height = size.pixels(side)
    assert width % SIDE_STEP == height % SIDE_STEP == 0
    assert min(width, height) == side
    assert (width > height) == (size in (Size.LANDSCAPE, Size.WIDE))
    assert (height > width) == (size is Size.PORTRAIT)


def test_more_quality_is_more_steps() -> None:
    steps = [quality.effort.steps for quality in (Quality.DRAFT, Quality.STANDARD, Quality.FINE)]
    assert steps == sorted(set(steps))


def test_more_literal_is_more_guidance() -> None:
    scales = [word.guidance_scale for word in Imagination]
    assert scales == sorted(set(scales))
