"""What an upscaled picture shows, and what keeps one from being made."""

from __future__ import annotations

import io
from collections.abc import Callable
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from gpuworker.models.lazy import LazyModel, lazy_upscaler
from gpuworker.models.loaded_upscaler import LoadedUpscaler
from gpuworker.stages import upscale as stage
from gpuworker.stages.bench import Bench, JobCancelled, JobFailed, WorkerLacks
from gpuworker.stages.upscale import upscale
from moderation.pictures import load_detector
from moderation.policy import NSFW
from pocket.world.drawing import draw
from pocket.world.scene import Figure, Scene, Thing
from storage.events import Progress
from storage.jobs import Factor, Job, Upscale
from storage.noise import Noise
from storage.recipe import AnyRecipe, Upscaled, parameters_text
from storage.recipe_file import read_recipe, to_png
from storage.settings import Settings
from tests.gpuworker.fake_farm import FakeDetector, FakeEngine, bench_of
from tests.storage.recipes import QUICK

SCENE = Scene("sea", (Thing("circle", "red", "centre", "big"), Thing("star", "yellow", "left", "small")))
SMALL = Image.fromarray(draw(SCENE, 1).pixels)
RECIPE = QUICK.model_copy(update={"negative_prompt": "a tree", "steps": 10, "noise": Noise(seed=7)})


@pytest.fixture(scope="module")
def kept() -> LazyModel[LoadedUpscaler]:
    return lazy_upscaler(Settings(), "cpu")


@pytest.fixture
def a_bench(tmp_path: Path, told: list[Progress], kept: LazyModel[LoadedUpscaler]) -> Callable[..., Bench]:
    return partial(bench_of, tmp_path, engine=FakeEngine(), upscaler=kept, tell=told.append)


def a_job(bench: Bench, image: Image.Image, factor: Factor = 4, recipe: AnyRecipe | None = RECIPE) -> Job:
    file = io.BytesIO()
    image.save(file, "PNG")
    png = file.getvalue() if recipe is None else to_png(image, recipe)
    task = Upscale(image=bench.blobs.put(png), factor=factor, prompt="a red circle over the sea")
    return Job(checkpoint="pocket", reply_to="darkroom:results:here", task=task)


def made(bench: Bench, job: Job) -> Image.Image:
    (picture,) = upscale(job, bench)
    return Image.open(io.BytesIO(bench.blobs.get(picture.blob or "")))


def steepness(image: Image.Image, where: NDArray[np.bool_]) -> float:
    """How much neighbouring pixels differ, on average, at these places."""
    grey = np.asarray(image.convert("L")).astype(np.float32)
    down, across = np.gradient(grey)
    return float(np.hypot(down, across)[where].mean())


def at_edges(image: Image.Image) -> NDArray[np.bool_]:
    """The twentieth of the pixels with the steepest neighbourhood."""
    down, across = np.gradient(np.asarray(image.convert("L")).astype(np.float32))
    steep = np.hypot(down, across)
    return np.asarray(steep > np.quantile(steep, 0.95))


@pytest.mark.parametrize("factor", [2, 4])
def test_edges_are_sharper_than_bicubic_ones_and_colours_the_same(
    a_bench: Callable[..., Bench], factor: Factor
) -> None:
    bench = a_bench()
    larger = made(bench, a_job(bench, SMALL, factor))
    side = 128 * factor
    assert (larger.mode, larger.size) == ("RGB", (side, side))
    bicubic = SMALL.resize((side, side), Image.Resampling.BICUBIC)
    edges = at_edges(bicubic)
    assert steepness(larger, edges) > 1.15 * steepness(bicubic, edges)
    back = np.asarray(larger.resize(SMALL.size, Image.Resampling.BOX)).astype(float)
    assert np.abs(back - np.asarray(SMALL)).mean() < 3, "of 255: the same colours at the same places"


def test_the_recipe_says_what_was_done_and_what_it_was_before(a_bench: Callable[..., Bench]) -> None:
    bench = a_bench()
    job = a_job(bench, SMALL.resize((32, 32)), 2)
    (picture,) = upscale(job, bench)
    recipe = picture.recipe
    assert isinstance(recipe, Upscaled)
    assert isinstance(job.task, Upscale)
    assert (recipe.image, recipe.factor, recipe.upscaler) == (job.task.image, 2, "pocket-x4")
    assert (recipe.of, recipe.checkpoint, len(recipe.upscaler_hash)) == (RECIPE, "pocket", 64)
    assert read_recipe(bench.blobs.get(picture.blob or "")) == recipe
    text = parameters_text(recipe)
    assert text.startswith("a red circle over the sea\nNegative prompt: a tree\nSteps: 10, ")
    assert text.endswith("Postprocess upscale by: 2, Postprocess upscaler: pocket-x4")


def test_an_upscaled_picture_grows_again_and_remembers(a_bench: Callable[..., Bench]) -> None:
    bench = a_bench()
    (first,) = upscale(a_job(bench, SMALL.resize((16, 24)), 4), bench)
    task = Upscale(image=first.blob or "", factor=2)
    (second,) = upscale(Job(checkpoint="pocket", reply_to="here", task=task), bench)
    assert isinstance(second.recipe, Upscaled)
    assert second.recipe.of == first.recipe
    assert Image.open(io.BytesIO(bench.blobs.get(second.blob or ""))).size == (128, 192)


def test_a_picture_of_unknown_making_has_no_earlier_recipe(a_bench: Callable[..., Bench]) -> None:
    bench = a_bench()
    (picture,) = upscale(a_job(bench, SMALL.resize((32, 32)), recipe=None), bench)
    assert isinstance(picture.recipe, Upscaled)
    assert picture.recipe.of is None
    assert parameters_text(picture.recipe) == "Postprocess upscale by: 4, Postprocess upscaler: pocket-x4"


@pytest.mark.parametrize(("size", "factor", "hint"), [((1100, 64), 4, "Try 2x."), ((2056, 64), 2, "a side.")])
def test_what_would_be_too_large_is_a_sentence(
    a_bench: Callable[..., Bench], size: tuple[int, int], factor: Factor, hint: str
) -> None:
    bench = a_bench()
    with pytest.raises(JobFailed, match="the most that I make is 4096") as failed:
        upscale(a_job(bench, Image.new("RGB", size), factor), bench)
    assert str(failed.value).endswith(hint)


def test_progress_is_told_in_tiles(
    a_bench: Callable[..., Bench], told: list[Progress], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stage, "TELL_SECONDS", 0.0)
    bench = a_bench()
    made(bench, a_job(bench, SMALL.resize((300, 40)), 4))
    assert [(progress.step, progress.steps) for progress in told] == [(0, 2), (1, 2)]


def test_cancelling_works_between_tiles(a_bench: Callable[..., Bench], tmp_path: Path) -> None:
    asked = []

    def is_cancelled(job_id: str) -> bool:
        asked.append(job_id)
        return len(asked) > 1

    bench = a_bench(is_cancelled=is_cancelled)
    job = a_job(bench, SMALL.resize((300, 40)))
    with pytest.raises(JobCancelled):
        upscale(job, bench)
    assert asked == [job.id] * 2
    bench = a_bench()
    assert made(bench, job).size == (1200, 160), "the upscaler is free again"


def test_a_small_picture_is_done_while_a_large_one_is(
    a_bench: Callable[..., Bench], kept: LazyModel[LoadedUpscaler]
) -> None:
    """Each tile is a piece of work of its own, between which others have their turn."""
    between: list[tuple[int, int]] = []

    def is_cancelled(job_id: str) -> bool:
        if len(between) < 2:
            between.append(made(a_bench(), a_job(bench, SMALL)).size)
        return False

    bench = a_bench(is_cancelled=is_cancelled)
    assert made(bench, a_job(bench, SMALL.resize((300, 40)))).size == (1200, 160)
    assert between == [(4 * SMALL.width, 4 * SMALL.height)] * 2


@pytest.mark.parametrize("bare", ["before", "after"])
def test_pictures_are_judged_before_and_after(
    a_bench: Callable[..., Bench], tmp_path: Path, bare: str
) -> None:
    class Sees(FakeDetector):
        def find(self, image: Image.Image, checkpoint: str) -> Any:
            nude = (image.width == 32) is (bare == "before")
            return super().find(Image.new("RGB", (8, 8), (77 if nude else 0, 0, 0)), checkpoint)

    bench = a_bench(detector=Sees(77))
    job = a_job(bench, SMALL.resize((32, 32)))
    if bare == "before":
        with pytest.raises(JobFailed, match="nothing is held against you"):
            upscale(job, bench)
    else:
        (picture,) = upscale(job, bench)
        assert picture.verdict.blocked
        assert picture.blob is None
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 1, "what was given"
    assert made(bench, job.model_copy(update={"policy": NSFW})).size == (128, 128)


@pytest.mark.parametrize("steps", [20, 30])
def test_words_count_that_were_drawn_in_the_last_steps(a_bench: Callable[..., Bench], steps: int) -> None:
    bench = a_bench(detector=FakeDetector(77))
    job = a_job(bench, Image.new("RGB", (32, 32), (77, 0, 0)), recipe=None)
    task = job.task.model_copy(update={"prompt": "a [tame:s:25]mall c[tame:h:25]ild", "steps": steps})
    with pytest.raises(JobFailed) if steps == 30 else nullcontext():
        upscale(job.model_copy(update={"task": task, "policy": NSFW}), bench)


def test_the_real_detector_sees_the_same_in_a_larger_picture(a_bench: Callable[..., Bench]) -> None:
    bench = a_bench(detector=load_detector())
    scene = Scene("sea", (), (Figure("woman", "bare", "waving", "left", "big"),))
    job = a_job(bench, Image.fromarray(draw(scene, 1).pixels)).model_copy(update={"policy": NSFW})
    (picture,) = upscale(job, bench)
    assert any(finding.label == "BARE_TORSO" for finding in picture.findings.found)


def test_without_a_detector_nothing_is_made(a_bench: Callable[..., Bench]) -> None:
    bench = a_bench(detector=None)
    with pytest.raises(JobFailed, match="cannot be checked"):
        upscale(a_job(bench, SMALL), bench)


@pytest.mark.parametrize(("name", "said"), [("nothing", "No model is called"), ("nudenet", "of kind nudity")])
def test_a_wrong_upscaler_is_told_to_the_member_and_its_reason_to_the_operator(
    a_bench: Callable[..., Bench], caplog: pytest.LogCaptureFixture, name: str, said: str
) -> None:
    bench = a_bench(upscaler=lazy_upscaler(Settings(upscaler=name), "cpu"))
    with pytest.raises(WorkerLacks, match="cannot be made larger on this worker"):
        upscale(a_job(bench, SMALL), bench)
    assert said in caplog.text


def test_a_full_device_is_tried_with_smaller_tiles(
    a_bench: Callable[..., Bench], kept: LazyModel[LoadedUpscaler], monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    network = kept.get().model.network
    forward, most = network.model.forward, 100

    def narrow(small: torch.Tensor) -> torch.Tensor:
        if max(small.shape) > most:
            raise torch.OutOfMemoryError
        larger: torch.Tensor = forward(small)
        return larger

    monkeypatch.setattr(network.model, "forward", narrow)
    bench = a_bench()
    job = a_job(bench, SMALL.resize((160, 70)))
    assert made(bench, job).size == (640, 280)
    most = 10
    with pytest.raises(WorkerLacks, match="too large for this worker"):
        upscale(job, bench)


def test_it_is_loaded_once(kept: LazyModel[LoadedUpscaler]) -> None:
    assert kept.get() is kept.get()
