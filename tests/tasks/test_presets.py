from __future__ import annotations

import pytest

from storage.starts import Edit, Whole
from tasks.presets import SIDE_STEP, Imagination, Quality, Size, guidance_chosen, size_like
from tests.conftest import a_job, imagined


@pytest.mark.parametrize("side", [128, 192, 512, 768, 1024])
@pytest.mark.parametrize("size", Size)
def test_sizes_have_their_shape_and_suit_the_unet(size: Size, side: int) -> None:
    width, height = size.pixels(side)
    assert width % SIDE_STEP == height % SIDE_STEP == 0
    assert min(width, height) == side
    assert (width > height) == (size in (Size.LANDSCAPE, Size.WIDE))
    assert (height > width) == (size is Size.PORTRAIT)


@pytest.mark.parametrize("side", [128, 512, 1024])
@pytest.mark.parametrize("shape", [(100, 100), (4000, 3000), (300, 500), (2048, 256), (8, 64)])
def test_a_rendering_has_the_shape_of_the_picture_it_starts_from(shape: tuple[int, int], side: int) -> None:
    width, height = size_like(*shape, side)
    assert width % SIDE_STEP == height % SIDE_STEP == 0
    assert 64 <= min(width, height) <= max(width, height) <= 2048
    if max(shape) < 2 * min(shape):
        assert abs(width / height / (shape[0] / shape[1]) - 1) < 0.3 * 128 / side + 0.02
        assert 0.7 < width * height / side**2 < 1.4


def test_more_quality_is_more_steps() -> None:
    steps = [quality.effort.steps for quality in (Quality.DRAFT, Quality.STANDARD, Quality.FINE)]
    assert steps == sorted(set(steps))


def test_more_literal_is_more_guidance() -> None:
    scales = [word.guidance_scale for word in Imagination]
    assert scales == sorted(set(scales))


def test_a_guidance_scale_that_nobody_chose_counts_as_balanced() -> None:
    like = imagined(a_job()).model_copy(update={"guidance_scale": 8.0})
    assert guidance_chosen(like) == 8
    whole, edit = Whole(image="ab" * 32), Edit(image="ab" * 32, shows="the sea")
    assert guidance_chosen(like.model_copy(update={"start": whole})) == 8
    assert guidance_chosen(like.model_copy(update={"start": edit})) == Imagination.BALANCED.guidance_scale
