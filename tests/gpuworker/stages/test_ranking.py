"""The best of several pictures."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image
from pydantic import ValidationError
from safetensors.torch import save_file

from gpuworker.engine.request import Request
from gpuworker.models.lazy import lazy_aesthetics, lazy_figures
from gpuworker.models.words import Words
from gpuworker.registry import entry_of
from gpuworker.stages.bench import Bench, JobFailed
from gpuworker.stages.imagine import imagine
from gpuworker.stages.ranking import judges_of, wanted
from moderation.findings import Findings
from pocket.world.drawing import draw
from pocket.world.scene import Scene, Thing
from storage.events import Picture
from storage.jobs import Imagine, Job
from storage.noise import Noise
from storage.recipe import Recipe
from storage.recipe_file import read_recipe
from storage.settings import Settings
from tests.conftest import a_job, imagined
from tests.gpuworker.fake_farm import FakeDetector, bench_of

SCENES = [
    Scene("snow", (Thing("house", "blue", "left", "medium"),)),
    Scene("sea", (Thing("house", "blue", "left", "medium"),)),
    Scene("sea", (Thing("circle", "red", "centre", "big"),)),
    Scene("forest", (Thing("star", "yellow", "top", "medium"),)),
    Scene("night", (Thing("circle", "red", "left", "medium"),)),
    Scene("meadow", (Thing("tree", "white", "left", "medium"),)),
]
RIGHT = 2
BETWEEN_TRIES = 1_000_003
"""The one that shows a red circle over the sea."""


class DrawingEngine:
    """Draws the scene of a seed at once."""

    def __init__(self) -> None:
        self.drawn = 0

    def submit(self, request: Request) -> Future[Image.Image]:
        self.drawn += 1
        future: Future[Image.Image] = Future()
        future.set_result(scene(request.noise.seed))
        return future


def seed_of(picture: Picture) -> int:
    assert isinstance(picture.recipe, Recipe)
    return picture.recipe.noise.seed


def scene(seed: int) -> Image.Image:
    return Image.fromarray(draw(SCENES[seed % BETWEEN_TRIES], 1).pixels)


class PrudishDetector(FakeDetector):
    """Sees nudity in the pictures of some seeds."""

    def find(self, image: Image.Image, checkpoint: str) -> Findings:
        nude = any(image.tobytes() == scene(seed).tobytes() for seed in self.nude_seeds)
        return FakeDetector(255 if nude else 0).find(Image.new("RGB", (1, 1), (255, 0, 0)), checkpoint)


@pytest.fixture
def a_bench(words: Words, tmp_path: Path) -> Callable[..., Bench]:
    figures = lazy_figures(Settings(home=tmp_path), "cpu")
    return partial(
        bench_of, tmp_path, engine=DrawingEngine(), detector=PrudishDetector(), figures=figures, words=words
    )


def best(count: int, pictures: int = len(SCENES), **different: Any) -> Job:
    job = a_job(steps=1)
    noises = tuple(Noise(seed=seed) for seed in range(pictures))
    task = imagined(job).model_copy(update={"noises": noises, "best": count, **different})
    return job.model_copy(update={"task": task})


def test_the_picture_that_shows_what_was_asked_for_comes_first(a_bench: Callable[..., Bench]) -> None:
    engine = DrawingEngine()
    first, second, third = imagine(best(3), a_bench(engine=engine))
    assert engine.drawn == len(SCENES)
    assert seed_of(first) == RIGHT
    assert seed_of(second) == 4, "a red circle, but at night"
    agreements = [picture.scores.agreement for picture in (first, second, third) if picture.scores]
    assert agreements == sorted(agreements, reverse=True)
    assert agreements[0] > agreements[2] + 0.1


def test_what_prompts_are_made_of_does_not_mislead(a_bench: Callable[..., Bench]) -> None:
    prompt = "(a red circle:1.2) over the sea (a blue house in the snow:-1)"
    (first,) = imagine(best(1, prompt=prompt), a_bench())
    assert seed_of(first) == RIGHT


@pytest.mark.parametrize(
    ("prompt", "texts"),
    [
        ("a red circle over the sea", ["a red circle over the sea"]),
        ("a ((red)) circle!, (fog:0) [at night:over the sea:0.5]", ["a red circle, over the sea"]),
        ("a boat BREAK at sea AND a star:0.5 AND rain:-1", ["a boat at sea", "a star"]),
        ("(fog:-1)", ["(fog:-1)"]),
    ],
)
def test_pictures_are_compared_with_what_they_should_show_at_last(prompt: str, texts: list[str]) -> None:
    assert wanted(prompt, 20) == texts


def test_only_what_is_handed_over_is_stored_with_its_own_recipe(
    a_bench: Callable[..., Bench], tmp_path: Path
) -> None:
    bench = a_bench()
    (picture,) = imagine(best(1), bench)
    assert sum(file.is_file() for file in tmp_path.rglob("*")) == 1
    recipe = read_recipe(bench.blobs.get(picture.blob or ""))
    assert recipe == picture.recipe
    assert seed_of(picture) == RIGHT


def test_what_is_kept_back_has_no_rank(a_bench: Callable[..., Bench]) -> None:
    pictures = imagine(best(3), a_bench(detector=PrudishDetector(RIGHT)))
    assert RIGHT not in [seed_of(picture) for picture in pictures]
    assert all(picture.blob for picture in pictures)

    *_, last = imagine(best(3, pictures=3), a_bench(detector=PrudishDetector(RIGHT)))
    assert (seed_of(last) % BETWEEN_TRIES, last.blob, last.scores) == (RIGHT, None, None)
    assert last.verdict.blocked


def test_without_best_everything_comes_in_the_order_of_its_noises(a_bench: Callable[..., Bench]) -> None:
    pictures = imagine(a_job(pictures=3, steps=1), a_bench())
    assert [seed_of(picture) for picture in pictures] == [0, 1, 2]
    assert [picture.scores for picture in pictures] == [None] * 3


def test_without_a_clip_nothing_is_rendered_in_vain(a_bench: Callable[..., Bench], tmp_path: Path) -> None:
    engine = DrawingEngine()
    bench = a_bench(engine=engine, words=Words(Settings(home=tmp_path, clip="clip-vit-l-14"), "cpu"))
    with pytest.raises(JobFailed, match="cannot be ranked"):
        imagine(best(1), bench)
    assert engine.drawn == 0


@pytest.mark.parametrize(("pictures", "count"), [(5, None), (17, 4), (3, 4), (5, 5), (4, 0)])
def test_a_job_hands_over_at_most_four_of_sixteen(pictures: int, count: int | None) -> None:
    noises = [Noise(seed=seed) for seed in range(pictures)]
    with pytest.raises(ValidationError):
        Imagine.model_validate({**imagined(a_job()).model_dump(), "noises": noises, "best": count})


def test_the_work_is_that_of_all_pictures() -> None:
    task = imagined(best(2, pictures=6))
    assert (task.pictures, task.picture_steps) == (2, 6)


def test_pictures_without_anybody_are_ranked_by_the_words_alone(a_bench: Callable[..., Bench]) -> None:
    pictures = imagine(best(3), a_bench())
    assert [picture.scores and picture.scores.bodies for picture in pictures] == [()] * 3


def test_what_cannot_be_had_has_no_say_and_the_rest_goes_on(
    a_bench: Callable[..., Bench], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    settings = Settings(home=tmp_path, figures="adetailer-person", aesthetics="laion-aesthetics")
    lacking = {"figures": lazy_figures(settings, "cpu"), "aesthetics": lazy_aesthetics(settings)}
    (first,) = imagine(best(1), a_bench(**lacking))
    assert seed_of(first) == RIGHT
    assert first.scores is not None
    assert (first.scores.bodies, first.scores.aesthetics) == (None, None)
    assert "nobody looks at anatomy: " in caplog.text
    assert "ranked without aesthetics: " in caplog.text

    wide = entry_of("laion-aesthetics", settings).first_file_place(settings)
    wide.parent.mkdir(parents=True)
    save_file({"weight": torch.zeros(1, 768), "bias": torch.zeros(1)}, wide)
    (first,) = imagine(best(1), a_bench(aesthetics=lazy_aesthetics(settings)))
    assert seed_of(first) == RIGHT
    assert "vectors of 768 numbers, and the CLIP in use makes 128: set DARKROOM_CLIP" in caplog.text


def test_the_pocket_worlds_detector_counts_nobody_in_other_worlds(a_bench: Callable[..., Bench]) -> None:
    bench = a_bench()
    assert judges_of(bench, a_job("pocket-xl")).figures is not None
    assert judges_of(bench, a_job("sd-1-5")).figures is None
