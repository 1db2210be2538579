from __future__ import annotations

from storage.starts import Edit, Whole
from tasks.presets import Imagination, Quality, guidance_chosen
from tests.conftest import a_job, imagined


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
