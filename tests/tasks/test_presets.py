from __future__ import annotations

from storage.samplers import Sampler
from storage.served import Usual
from storage.starts import Edit, Whole
from tasks.presets import Effort, Imagination, Quality, as_usual, guidance_chosen, usual_task
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


LIGHTNING = Usual(steps=4, guidance_scale=1.0, sampler=Sampler.EULER)
LCM = Usual(steps=4, guidance_scale=8.0, sampler=Sampler.LCM)


def test_a_checkpoint_of_few_steps_gets_them_without_being_asked() -> None:
    made = usual_task("a tree", (1, 1), 1024, usual=LIGHTNING)
    assert (made.steps, made.guidance_scale, made.sampler) == (4, 1.0, Sampler.EULER)
    steps = [quality.effort_with(LIGHTNING).steps for quality in Quality]
    assert steps == [4, 4, 8], "a draft of fewer would be none"
    assert {word.guidance_with(LIGHTNING) for word in Imagination} == {1.0}
    assert [quality.effort_with(Usual(steps=1)).steps for quality in Quality] == [1, 1, 2]
    assert [quality.effort_with(Usual(steps=30)).steps for quality in Quality] == [15, 30, 60]


def test_words_for_guidance_keep_their_order_around_what_is_usual() -> None:
    scales = [word.guidance_with(LCM) for word in Imagination]
    assert scales == sorted(set(scales))
    assert Imagination.BALANCED.guidance_with(LCM) == 8
    assert all(1 <= word.guidance_with(Usual(guidance_scale=30)) <= 30 for word in Imagination)


def test_other_checkpoints_get_what_they_always_got() -> None:
    for quality in Quality:
        assert quality.effort_with(Usual()) == quality.effort
    for word in Imagination:
        assert word.guidance_with(Usual()) == word.guidance_scale
    sampler_alone = Quality.FINE.effort_with(Usual(sampler=Sampler.EULER))
    assert sampler_alone == Effort(40, Sampler.EULER)


def test_guidance_that_is_less_than_words_can_say_is_the_checkpoints() -> None:
    like = imagined(a_job()).model_copy(update={"guidance_scale": 1.0})
    assert guidance_chosen(like.model_copy(update={"start": Edit(image="ab" * 32, shows="a")})) == 1
    assert as_usual(like, Quality.FINE, LIGHTNING).steps == 8
