"""Which parts of a larger picture are rendered, with which words, and what becomes of the job."""

from __future__ import annotations

import io
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PIL import Image

from gpuworker.checkpoints.errors import CheckpointError
from gpuworker.engine.noise import Patch
from gpuworker.engine.request import Request
from gpuworker.models.lazy import lazy_figures, lazy_upscaler
from gpuworker.models.words import Words
from gpuworker.stages import detail, follow
from gpuworker.stages.bench import Bench, JobCancelled, JobFailed
from gpuworker.stages.faces import portrait
from gpuworker.stages.tiles import Tiling
from gpuworker.stages.upscale import upscale
from moderation.policy import Policy
from pocket.world.drawing import draw
from pocket.world.scene import Figure, Scene, Thing
from storage.events import Progress
from storage.jobs import Job, Upscale
from storage.recipe import Upscaled, parameters_text
from storage.recipe_file import read_recipe
from storage.settings import Settings
from tasks.detail import with_detail
from tests.gpuworker.fake_farm import FakeDetector, FakeEngine, bench_of

SEED = 3
PROMPT = "a red circle over the sea"
SEA = Image.fromarray(draw(Scene("sea", (Thing("circle", "red", "left", "small"),)), 1).pixels)
MAN = Image.fromarray(draw(Scene("snow", (), (Figure("man", "red", "standing", "left", "big"),)), 3).pixels)


class Counting(FakeEngine):
    """Remembers what came, in that order, and the most that were there at once."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[Request] = []
        self.most = self._now = 0

    def submit(self, request: Request) -> Future[Image.Image]:
        self.asked.append(request)
        self._now += 1
        self.most = max(self.most, self._now)
        future = super().submit(request)
        future.add_done_callback(self._left)
        return future

    def _left(self, _: Future[Image.Image]) -> None:
        self._now -= 1


@pytest.fixture
def a_bench(tmp_path: Path, told: list[Progress], words: Words) -> Callable[..., Bench]:
    settings = Settings(home=tmp_path)
    return partial(
        bench_of,
        tmp_path,
        engine=Counting(),
        upscaler=lazy_upscaler(settings, "cpu"),
        words=words,
        figures=lazy_figures(settings, "cpu"),
        tell=told.append,
    )


def a_job(bench: Bench, picture: Image.Image, **different: Any) -> Job:
    file = io.BytesIO()
    picture.save(file, "PNG")
    task = Upscale(image=bench.blobs.put(file.getvalue()), factor=2, prompt=PROMPT, steps=3)
    return Job(
        **{
            "checkpoint": "pocket",
            "reply_to": "darkroom:results:here",
            "task": with_detail(task, None, 128, SEED),
            **different,
        }
    )


def asked(bench: Bench) -> list[Request]:
    assert isinstance(bench.engine, Counting)
    return bench.engine.asked


def test_each_tile_is_a_request_with_its_share_of_one_noise_in_an_order_of_the_seed(
    a_bench: Callable[..., Bench],
) -> None:
    bench = a_bench()
    upscale(a_job(bench, SEA), bench)
    first = asked(bench)
    patches = [request.noise for request in first if isinstance(request.noise, Patch)]
    boxes = Tiling.over((256, 256), 128, Random(SEED)).boxes
    assert len(first) == len(patches) == len(boxes) == 9
    assert {(patch.left, patch.top) for patch in patches} == {box[:2] for box in boxes}
    assert {patch.seed for patch in patches} == {SEED}
    assert {(request.width, request.height) for request in first} == {(128, 128)}
    again = a_bench(engine=Counting())
    upscale(a_job(again, SEA), again)
    assert [request.noise for request in asked(again)] == patches
    assert patches != sorted(patches, key=lambda patch: (patch.top, patch.left)), "not row by row"


def test_a_large_picture_leaves_room_for_others_in_the_engine(
    a_bench: Callable[..., Bench], told: list[Progress], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follow, "TELL_SECONDS", 0.01)
    bench = a_bench()
    upscale(a_job(bench, SEA.resize((200, 200))), bench)
    engine = bench.engine
    assert isinstance(engine, Counting)
    assert len(engine.asked) == 16
    assert engine.most <= 8
    shares = [progress.step / progress.steps for progress in told]
    assert len(shares) > 5
    assert shares == sorted(shares), "the bar never goes back"


def test_a_tile_has_words_of_its_own(a_bench: Callable[..., Bench]) -> None:
    bench = a_bench()
    upscale(a_job(bench, SEA), bench)
    prompts = {request.prompt for request in asked(bench)}
    assert len(prompts) > 1
    assert any("over the sea" in prompt for prompt in prompts)


def test_words_that_may_not_be_said_are_left_out(
    a_bench: Callable[..., Bench], monkeypatch: pytest.MonkeyPatch
) -> None:
    def judge(words: str, negative: str, policy: Policy) -> Any:
        return SimpleNamespace(blocked="sea" in words)

    monkeypatch.setattr(detail, "judge_prompt", judge)
    bench = a_bench()
    upscale(a_job(bench, SEA), bench)
    assert not any("sea" in request.prompt for request in asked(bench))


def test_a_face_is_rendered_whole_and_the_tiles_leave_it_alone(a_bench: Callable[..., Bench]) -> None:
    bench = a_bench()
    upscale(a_job(bench, MAN), bench)
    *tiles, face = asked(bench)
    assert face.prompt == portrait(PROMPT)
    assert not isinstance(face.noise, Patch)
    kept = [np.asarray(tile.start.mask) == 0 for tile in tiles if tile.start and tile.start.mask]
    assert len(kept) == len(tiles) > 8
    assert sum(mask.any() for mask in kept) >= 1
    assert all(mask.mean() < 0.5 for mask in kept)


def test_the_recipe_says_how_the_detail_was_drawn(a_bench: Callable[..., Bench]) -> None:
    bench = a_bench()
    job = a_job(bench, SEA)
    (picture,) = upscale(job, bench)
    recipe = picture.recipe
    assert isinstance(recipe, Upscaled)
    assert isinstance(job.task, Upscale)
    assert (recipe.again(), recipe.checkpoint_hash) == (job.task, "ab" * 32)
    assert read_recipe(bench.blobs.get(picture.blob or "")) == recipe
    said = "Detail strength: 0.3, Detail seed: 3, Detail tile: 128x128, Detail model: pocket"
    assert parameters_text(recipe).endswith(said)


def test_it_can_be_cancelled_between_tiles(a_bench: Callable[..., Bench]) -> None:
    engine = Counting()
    bench = a_bench(engine=engine, is_cancelled=lambda job_id: len(engine.asked) >= 8)
    with pytest.raises(JobCancelled):
        upscale(a_job(bench, SEA.resize((200, 200))), bench)
    assert len(engine.asked) == 8


def test_what_hardly_stands_out_stays(a_bench: Callable[..., Bench]) -> None:
    bench = a_bench()
    dark = Image.new("RGB", (128, 128), (20, 20, 60))
    dark.paste((20, 30, 70), (50, 30, 70, 100))
    (picture,) = upscale(a_job(bench, dark), bench)
    larger = Image.open(io.BytesIO(bench.blobs.get(picture.blob or "")))
    assert np.abs(np.asarray(larger.resize(dark.size, Image.Resampling.BOX)).astype(int) - dark).mean() < 2


def test_the_outcome_is_judged(a_bench: Callable[..., Bench]) -> None:
    class Sees(FakeDetector):
        def find(self, image: Image.Image, checkpoint: str) -> Any:
            return super().find(Image.new("RGB", (8, 8), (77 if image.width == 256 else 0, 0, 0)), checkpoint)

    bench = a_bench(detector=Sees(77))
    (picture,) = upscale(a_job(bench, SEA), bench)
    assert picture.verdict.blocked
    assert picture.blob is None


def test_what_would_be_too_large_is_a_sentence_and_nothing_is_rendered(a_bench: Callable[..., Bench]) -> None:
    bench = a_bench()
    with pytest.raises(JobFailed, match="the most that I make is 4096 a side"):
        upscale(a_job(bench, Image.new("RGB", (2056, 64))), bench)
    assert asked(bench) == []


def test_a_worker_that_finds_no_faces_draws_no_detail(
    a_bench: Callable[..., Bench], caplog: pytest.LogCaptureFixture
) -> None:
    class Missing:
        def get(self) -> None:
            raise CheckpointError("figures.safetensors is missing.")

    bench = a_bench(figures=Missing())
    with pytest.raises(JobFailed, match="Detail cannot be added on this worker"):
        upscale(a_job(bench, SEA), bench)
    assert "figures.safetensors" in caplog.text
