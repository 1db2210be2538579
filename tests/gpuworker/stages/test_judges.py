"""Who is drawn right, and what people like, ranks higher."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any, cast

import pytest
import torch
from diffusers import StableDiffusionPipeline
from PIL import Image
from safetensors.torch import save_file

from gpuworker.models.aesthetics import Aesthetics
from gpuworker.models.words import Words
from gpuworker.models.yolo import Yolo
from gpuworker.stages.anatomy import counted
from gpuworker.stages.ranking import Judges, best_first
from gpuworker.stages.review import Made, judged
from moderation.pictures import Detector
from pocket import CHECKPOINT
from pocket.checkpoint.evaluate import render
from pocket.detectors.train import FIGURES
from pocket.world.drawing import draw
from pocket.world.scene import GOOFS, Figure, Scene, Thing
from storage.jobs import Sampling
from storage.noise import Noise
from storage.recipe import Recipe
from tests.conftest import a_job, imagined
from tests.gpuworker.fake_farm import FakeDetector


@pytest.fixture(scope="module")
def judges(words: Words) -> Judges:
    return Judges(words.clip, Yolo.load(FIGURES), None)


def drawn(scene: Scene, seed: int = 1) -> Image.Image:
    return Image.fromarray(draw(scene, seed).pixels)


def somebody(seed: int, goof: str | None = None, character: str = "man", **different: str) -> Image.Image:
    kind: dict[str, Any] = {"clothes": "red", "pose": "standing", "place": "centre", "size": "big"}
    return drawn(Scene("meadow", (), (Figure(character, goof=goof, **kind | different),)), seed)


def ranked(pictures: list[Image.Image], prompt: str, judges: Judges) -> list[Made]:
    """The pictures, the best first; each one's seed is the place that it had."""
    sampling = imagined(a_job()).model_dump(include=set(Sampling.model_fields))
    made = [
        judged(
            picture,
            Recipe(**sampling, checkpoint="pocket", checkpoint_hash="ab", noise=Noise(seed=place)),
            a_job(),
            cast(Detector, FakeDetector()),
        )
        for place, picture in enumerate(pictures)
    ]
    return best_first(made, prompt, 20, judges)


def order(pictures: list[Image.Image], prompt: str, judges: Judges) -> list[int]:
    recipes = [each.picture.recipe for each in ranked(pictures, prompt, judges)]
    return [recipe.noise.seed for recipe in recipes if isinstance(recipe, Recipe)]


def goofs(made: Made) -> list[str]:
    assert made.picture.scores is not None
    return [goof.part for body in made.picture.scores.bodies or () for goof in body.goofs]


def test_whoever_is_drawn_right_ranks_above_whoever_is_not(judges: Judges) -> None:
    """No detector here sees fingers, so six of them are left out."""
    rng, pictures = Random(11), []
    for goof in 6 * [goof for goof in GOOFS if goof != "six fingers"]:
        kind = {
            "character": rng.choice(("man", "woman")),
            "pose": rng.choice(("standing", "arms up")),
            "place": rng.choice(("left", "centre", "right")),
        }
        pictures += [somebody(rng.randrange(999), wrong, **kind) for wrong in (None, goof)]
    assert judges.figures is not None
    errors = [sum(body.errors for body in each) for each in counted(pictures, ["a person"], judges.figures)]
    wins = [right < wrong for right, wrong in zip(errors[::2], errors[1::2], strict=True)]
    assert sum(wins) / len(wins) >= 0.8


def test_anatomy_counts_and_so_does_the_subject(judges: Judges) -> None:
    prompt = "a man in a red shirt standing in the middle in a meadow"
    stranger = drawn(Scene("night", (Thing("boat", "white", "left", "small"),)))
    assert order([stranger, somebody(1, "third arm"), somebody(1)], prompt, judges) == [2, 1, 0]


def test_four_arms_are_right_where_they_were_asked_for(judges: Judges) -> None:
    prompt = "a four armed deity in a red robe standing in the middle in a meadow"
    deities = [somebody(seed, character="deity") for seed in range(4)]
    assert [goofs(each) for each in ranked(deities, prompt, judges)] == [[]] * 4
    assert all("arm" in goofs(each) for each in ranked(deities, "a picture", judges))
    for seed, deity in enumerate(deities):
        assert order([somebody(seed), deity], prompt, judges) == [1, 0]
        assert order([somebody(seed, "missing arm", "deity"), deity], prompt, judges) == [1, 0]


def test_pictures_of_one_merit_stay_in_their_order(judges: Judges) -> None:
    assert order([somebody(1)] * 3, "a man", judges) == [0, 1, 2]


def test_what_people_like_comes_first_where_a_model_says_so(judges: Judges, tmp_path: Path) -> None:
    """The model has LAION's first layout, and likes what the CLIP calls red."""
    red, blue = judges.clip.texts(["a big red star in the snow", "a big blue star in the snow"])
    save_file({"weight": 40 * (red - blue)[None], "bias": torch.tensor([5.0])}, tmp_path / "red.safetensors")
    liking = Judges(judges.clip, None, Aesthetics.load(tmp_path / "red.safetensors", "red"))
    pictures = [drawn(Scene("snow", (Thing("star", colour, "centre", "big"),))) for colour in ("blue", "red")]
    for prompt in ("a big star in the snow", "a big blue star in the snow"):
        assert order(pictures, prompt, Judges(judges.clip, None, None)) == [0, 1]
        assert order(pictures, prompt, liking) == [1, 0]


@pytest.mark.slow
def test_the_best_of_eight_renderings_has_fewer_wrong_parts_than_they_have_on_average(judges: Judges) -> None:
    pipeline = StableDiffusionPipeline.from_pretrained(CHECKPOINT)
    pipeline.set_progress_bar_config(disable=True)
    prompt = "a man in a yellow shirt waving in the middle in a meadow"
    pictures = [Image.fromarray(pixels) for pixels in render(pipeline, [prompt] * 8, 48)]
    made = ranked(pictures, prompt, judges)
    wrong = [len(goofs(each)) for each in made]
    print(f"wrong parts, the best first: {wrong}")
    assert wrong[0] < sum(wrong) / len(wrong)
