"""Twins differ in one trait and nowhere else, and leave the trace that image to image finds in the noise."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import numpy as np
import pytest
import torch
from diffusers import DDIMScheduler

from pocket.checkpoint.denoiser import new_scheduler, starts_before
from pocket.checkpoint.twins import tells_apart, trace, twin
from pocket.world.captions import caption
from pocket.world.drawing import draw
from pocket.world.known import KNOWN
from pocket.world.scene import Figure, Scene, Thing, training_scene

STAR, HOUSE = Thing("star", "red", "left", "big"), Thing("house", "blue", "right", "small")
WOMAN = Figure("woman", "blue", "waving", "centre", "big")


@pytest.fixture(scope="module")
def scheduler() -> DDIMScheduler:
    return new_scheduler()


def differences(scene: Scene, other: Scene) -> list[str]:
    """Which traits two scenes do not share, by name; "number" if one has more on it."""
    if len(scene.things) + len(scene.figures) != len(other.things) + len(other.figures):
        return ["number"]
    found = ["background"] if scene.background != other.background else []
    pairs = [*zip(scene.things, other.things, strict=True), *zip(scene.figures, other.figures, strict=True)]
    return found + [
        name for one, two in pairs for name, value in vars(one).items() if vars(two)[name] != value
    ]


def test_a_twin_may_be_trained_on_and_differs_in_one_trait_that_can_change() -> None:
    lots, seen = Random(1), []
    for _ in range(400):
        scene = training_scene(lots)
        other = twin(scene, lots)
        assert not other.held_out
        (trait,) = differences(scene, other)
        seen.append(trait)
        if trait == "clothes":
            pairs = zip(scene.figures, other.figures, strict=True)
            (before, after), *_ = [pair for pair in pairs if pair[0] != pair[1]]
            assert "bare" not in (before.clothes, after.clothes)
            known = KNOWN.get(before.character)
            assert known is None or known.costume is None
    assert set(seen) == {"background", "colour", "kind", "clothes", "number"}
    assert seen.count("colour") > 1.4 * seen.count("kind")


@pytest.mark.parametrize(
    ("told", "untold", "other"),
    [
        ("a red star and a blue house in winter", "a star and a blue house in winter", {"colour": "pink"}),
        ("a scarlet star", "a red ball, a star", {"colour": "pink"}),
        ("a red star, a blue house", "a blue house in the snow", {"kind": "boat"}),
    ],
)
def test_a_caption_tells_a_thing_from_its_twin_where_it_names_what_differs(
    told: str, untold: str, other: dict[str, str]
) -> None:
    scene = Scene("snow", (STAR, HOUSE))
    beside = replace(scene, things=(replace(STAR, **other), HOUSE))
    assert tells_apart(told, scene, beside)
    assert not tells_apart(untold, scene, beside)
    assert not tells_apart("", scene, beside)


def test_a_caption_tells_clothes_and_backgrounds_apart_where_it_names_them() -> None:
    at_sea = Scene("sea", (), (WOMAN,))
    in_pink, by_day = (
        replace(at_sea, figures=(replace(WOMAN, clothes="pink"),)),
        replace(at_sea, background="snow"),
    )
    said, unsaid = "a woman in a blue dress waving", "a woman over blue water"
    assert tells_apart(said, at_sea, in_pink)
    assert not tells_apart(unsaid, at_sea, in_pink)
    assert tells_apart(unsaid, at_sea, by_day)
    assert not tells_apart(said, at_sea, by_day)


@pytest.mark.parametrize(
    "scene", [Scene("sea", (STAR,)), Scene("snow", (), (replace(WOMAN, place="left", size="medium"),))]
)
def test_who_is_alone_may_be_there_twice_of_which_every_caption_tells(scene: Scene) -> None:
    lots = Random(3)
    doubled = {
        other for other in (twin(scene, lots) for _ in range(40)) if differences(scene, other) == ["number"]
    }
    (other,) = doubled
    assert other.things == (*scene.things, *(replace(one, place="right") for one in scene.things))
    assert other.figures == (*scene.figures, *(replace(one, place="right") for one in scene.figures))
    assert all(tells_apart(caption(scene, lots), scene, other) for _ in range(20))
    assert not tells_apart("", scene, other)
    plainly, beside = draw(scene, 4), draw(other, 4)
    masks, those_of_two = (
        [each.mask for each in drawing.annotations] + [each.mask for each in drawing.figures]
        for drawing in (plainly, beside)
    )
    assert len(those_of_two) == 2
    assert (masks[0] == those_of_two[0]).mean() > 0.99, "the first is where it was"


@pytest.mark.parametrize(
    "scene",
    [
        Scene("sea", (replace(STAR, place="centre"),)),
        Scene("sea", (STAR, HOUSE)),
        Scene("snow", (), (WOMAN,)),
        Scene("snow", (), (replace(WOMAN, place="left"),)),
        Scene("snow", (), (replace(WOMAN, place="left", size="medium"),), portrait=True),
    ],
)
def test_nobody_is_there_twice_where_there_is_no_room_or_somebody_else(scene: Scene) -> None:
    lots = Random(3)
    assert all(differences(scene, twin(scene, lots)) != ["number"] for _ in range(40))


def test_complete_captions_tell_all_twins_apart() -> None:
    lots = Random(2)
    for _ in range(300):
        scene = training_scene(lots)
        other, text = twin(scene, lots), caption(scene, lots, complete=True)
        assert tells_apart(text, scene, other), (text, scene, other)


def test_on_another_backdrop_everything_stays_in_its_place() -> None:
    scene = Scene("sea", (STAR,), (replace(WOMAN, place="right", size="medium"),))
    plainly, moved = draw(scene, 5), draw(scene, 5, backdrop="night")
    assert (moved.annotations[0].mask == plainly.annotations[0].mask).all()
    assert moved.figures[0].keypoints == plainly.figures[0].keypoints
    around = ~(plainly.figures[0].mask | plainly.annotations[0].mask)
    assert np.abs(moved.pixels[around].astype(int) - plainly.pixels[around]).mean() > 60
    assert (draw(scene, 5, backdrop="sea").pixels == plainly.pixels).all()


def test_where_it_began_a_picture_shows_its_twin_alone_and_later_less_and_less(
    scheduler: DDIMScheduler,
) -> None:
    rng = torch.Generator().manual_seed(1)
    clean, others, noise = (torch.randn(3, 4, 8, 8, generator=rng) for _ in range(3))
    scheduler.set_timesteps(10)
    starts = scheduler.timesteps[[1, 3, 5]]
    traced = noise + trace(clean, others, scheduler.alphas_cumprod[starts])
    begun, plainly = (scheduler.add_noise(*each, starts) for each in ((clean, traced), (others, noise)))
    assert torch.allclose(begun, plainly, atol=1e-5)

    latents, left = begun[:1], []
    for timestep in scheduler.timesteps[1:]:
        expected = scheduler.add_noise(clean[:1], traced[:1], timestep[None])
        assert torch.allclose(latents, expected, atol=1e-4), "what a faultless model makes of it on the way"
        left.append(float((latents - scheduler.add_noise(clean[:1], noise[:1], timestep[None])).norm()))
        velocity = scheduler.get_velocity(clean[:1], traced[:1], timestep[None])
        latents = scheduler.step(velocity, int(timestep), latents).prev_sample
    assert left == sorted(left, reverse=True)
    assert left[-1] < left[0] / 3


def test_pictures_began_before_they_are_on_their_way_and_under_much_noise() -> None:
    timesteps = torch.arange(1000)
    starts = starts_before(timesteps, torch.Generator().manual_seed(1))
    assert (starts >= timesteps).all()
    assert int(starts.min()) >= 500
    assert int(starts.max()) <= 999
    assert len(set(starts[:300].tolist())) > 100
