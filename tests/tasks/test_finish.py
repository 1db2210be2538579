"""What a draft becomes."""

from __future__ import annotations

import pytest

from storage.noise import Noise, Variation
from storage.recipe import Recipe
from storage.samplers import Sampler
from storage.served import Usual
from storage.starts import Whole
from tasks.finish import finished, is_draft

DRAFT = Recipe(
    prompt="a red circle",
    width=128,
    height=128,
    steps=10,
    sampler=Sampler.DPMPP_2M_KARRAS,
    guidance_scale=4.5,
    checkpoint="pocket",
    checkpoint_hash="ab" * 32,
    noise=Noise(seed=7, variations=(Variation(seed=8, strength=0.2),)),
)
IMAGE = "c" * 64


def test_it_is_drawn_over_from_its_own_noise_in_the_finest_quality() -> None:
    task = finished(DRAFT, IMAGE, Usual())
    assert task.noises == (DRAFT.noise,)
    assert isinstance(task.start, Whole)
    assert task.start.image == IMAGE
    assert (task.prompt, task.steps, task.width) == (DRAFT.prompt, 40, DRAFT.width)


def test_a_checkpoint_of_few_steps_gets_twice_its_usual_ones() -> None:
    assert finished(DRAFT, IMAGE, Usual(steps=4)).steps == 8


@pytest.mark.parametrize(
    "changed",
    [{"steps": 20}, {"start": Whole(image=IMAGE)}, {"seamless": True}],
    ids=lambda each: next(iter(each)),
)
def test_what_is_no_draft(changed: dict[str, object]) -> None:
    assert is_draft(DRAFT)
    assert not is_draft(DRAFT.model_copy(update=changed))
