from __future__ import annotations

import io
import time
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from gpuworker.checkpoints.errors import CheckpointError
from gpuworker.engine.request import Request
from gpuworker.models.lazy import lazy_figures, lazy_masks
from gpuworker.models.words import Words
from gpuworker.stages import review as stage
from gpuworker.stages.bench import Bench, JobCancelled, JobFailed
from gpuworker.stages.imagine import imagine
from moderation.policy import NSFW
from pocket.world.drawing import draw
from pocket.world.scene import Scene, Thing
from storage.blobs import Blobs, BlobStoreAway
from storage.events import Picture, Progress
from storage.jobs import Job
from storage.recipe import Recipe
from storage.recipe_file import read_recipe
from storage.settings import Settings
from storage.sizes import Margins
from storage.starts import AnyStart, HeadRoom, Mask, Outpaint, Whole, WordMask
from tests.conftest import a_job, imagined
from tests.gpuworker.fake_farm import FakeDetector, FakeEngine, bench_of


@pytest.fixture
def a_bench(tmp_path: Path, told: list[Progress], words: Words) -> Callable[..., Bench]:
    settings = Settings(home=tmp_path)
    return partial(
        bench_of,
        tmp_path,
        engine=FakeEngine(),
        words=words,
        figures=lazy_figures(settings, "cpu"),
        masks=lazy_masks(settings, "cpu"),
        tell=told.append,
    )


def recipe_of(picture: Picture) -> Recipe:
    assert isinstance(picture.recipe, Recipe)
    return picture.recipe


def test_a_picture_for_each_noise_with_its_recipe(a_bench: Callable[..., Bench]) -> None:
    job, bench = a_job(pictures=3, steps=2), a_bench()
    pictures = imagine(job, bench)
    assert [recipe_of(picture).noise for picture in pictures] == list(imagined(job).noises)
    for picture in pictures:
        assert picture.blob is not None
        png = bench.blobs.get(picture.blob)
        assert read_recipe(png) == picture.recipe
        with Image.open(io.BytesIO(png)) as image:
            assert image.convert("RGB").getpixel((0, 0)) == (recipe_of(picture).noise.seed, 0, 0)
        assert recipe_of(picture).checkpoint_hash == "ab" * 32
        assert picture.recipe.prompt == imagined(job).prompt
        assert not picture.verdict.blocked


def test_the_engine_gets_what_the_job_says(a_bench: Callable[..., Bench]) -> None:
    engine = FakeEngine()
    job = a_job(steps=3)
    imagine(job, a_bench(engine=engine))
    (request,) = engine.rendered
    task = imagined(job)
    assert (request.checkpoint, request.prompt, request.negative_prompt) == ("pocket", task.prompt, "")
    assert (request.width, request.height, request.steps) == (128, 128, 3)
    assert (request.sampler, request.guidance_scale, request.noise) == (task.sampler, 4, task.noises[0])
    assert request.deadline is not None
    assert request.deadline > time.monotonic()


def kept(bench: Bench, image: Image.Image) -> str:
    file = io.BytesIO()
    image.save(file, "PNG")
    return bench.blobs.put(file.getvalue())


def starting(job: Job, start: AnyStart) -> Job:
    return job.model_copy(update={"task": job.task.model_copy(update={"start": start})})


def test_the_engine_gets_the_picture_cut_to_the_jobs_shape(a_bench: Callable[..., Bench]) -> None:
    engine = FakeEngine()
    bench = a_bench(engine=engine)
    image = Image.new("RGB", (300, 100), "teal")
    image.paste("red", (100, 0, 200, 100))
    job = starting(a_job(pictures=2, steps=10), Whole(image=kept(bench, image), strength=0.35))
    pictures = imagine(job, bench)
    assert len(engine.rendered) == 2
    for request in engine.rendered:
        assert request.start is not None
        assert request.start.picture.size == (request.width, request.height) == (128, 128)
        assert np.asarray(request.start.picture)[..., 0].min() > 200, "the middle, which is red"
        assert (request.start.strength, request.start.mask) == (0.35, None)
    for picture in pictures:
        assert recipe_of(picture).start == imagined(job).start
        assert read_recipe(bench.blobs.get(picture.blob or "")) == picture.recipe


def test_what_is_not_masked_stays_bit_for_bit(a_bench: Callable[..., Bench]) -> None:
    bench = a_bench()
    image = Image.effect_mandelbrot((200, 150), (-2, -1, 1, 1), 90).convert("RGB")
    mask = Image.new("L", image.size)
    ImageDraw.Draw(mask).ellipse((60, 40, 110, 90), fill=255)
    job = starting(a_job(steps=1), Mask(image=kept(bench, image), strength=1, mask=kept(bench, mask)))
    (picture,) = imagine(job, bench)
    made = np.asarray(Image.open(io.BytesIO(bench.blobs.get(picture.blob or ""))))
    masked = np.asarray(mask) > 0
    assert (made[~masked] == np.asarray(image)[~masked]).all()
    middle = made[60:70, 80:90]
    assert middle.max() == 0, "the fake engine paints black"


def test_a_picture_grows_piece_by_piece_each_of_its_own_noise(
    a_bench: Callable[..., Bench], told: list[Progress]
) -> None:
    engine = FakeEngine()
    bench = a_bench(engine=engine)
    image = Image.effect_mandelbrot((128, 128), (-2, -1, 1, 1), 90).convert("RGB")
    margins = Margins(left=64, right=64)
    start = Outpaint(image=kept(bench, image), strength=1, margins=margins)
    job = starting(a_job(pictures=2, steps=20), start)
    pictures = imagine(job, bench)
    for picture in pictures:
        made = np.asarray(Image.open(io.BytesIO(bench.blobs.get(picture.blob or ""))))
        assert made.shape == (128, 256, 3)
        assert (made[:, 64:192] == np.asarray(image)).all()
        assert isinstance(picture.recipe, Recipe)
        assert picture.recipe.start == imagined(job).start
    assert len({request.noise.seed for request in engine.rendered}) == 4
    assert {progress.steps for progress in told} == {2 * 2 * 20}
    assert told[-1].step > 40


def test_what_a_picture_cannot_grow_to_is_a_sentence(a_bench: Callable[..., Bench]) -> None:
    engine = FakeEngine()
    bench = a_bench(engine=engine)
    image = kept(bench, Image.new("RGB", (128, 128), "teal"))
    with pytest.raises(JobFailed, match="no head cut off"):
        imagine(starting(a_job(), HeadRoom(image=image, strength=1)), bench)
    with pytest.raises(JobFailed, match="the most that I paint is 2048"):
        imagine(starting(a_job(), Outpaint(image=image, strength=1, margins=Margins(up=2000))), bench)
    assert engine.rendered == []


def test_without_its_detector_a_worker_says_that_it_finds_no_heads(a_bench: Callable[..., Bench]) -> None:
    bench = a_bench(figures=lazy_figures(Settings(figures="nudenet"), "cpu"))
    job = starting(a_job(), HeadRoom(image=kept(bench, Image.new("RGB", (128, 128))), strength=1))
    with pytest.raises(JobFailed, match="its log says why"):
        imagine(job, bench)


def test_a_picture_to_start_from_is_judged_before_anything_is_rendered(a_bench: Callable[..., Bench]) -> None:
    engine = FakeEngine()
    bench = a_bench(engine=engine, detector=FakeDetector(77))
    job = starting(a_job(), Whole(image=kept(bench, Image.new("RGB", (64, 64), (77, 0, 0))), strength=0.5))
    with pytest.raises(JobFailed, match="nothing is held against you"):
        imagine(job, bench)
    assert engine.rendered == []
    open_minded = job.model_copy(update={"policy": NSFW})
    assert imagine(open_minded, bench)[0].blob


def test_a_picture_to_start_from_that_is_gone_is_a_sentence(a_bench: Callable[..., Bench]) -> None:
    bench = a_bench()
    image = kept(bench, Image.new("RGB", (64, 64)))
    with pytest.raises(JobFailed, match="send it again"):
        imagine(starting(a_job(), Whole(image="ab" * 32, strength=0.5)), bench)
    with pytest.raises(JobFailed, match="send it again"):
        imagine(starting(a_job(), Mask(image=image, strength=0.5, mask="ab" * 32)), bench)
    for size, value in ((64, 0), (32, 255)):
        mask = kept(bench, Image.new("L", (size, size), value))
        with pytest.raises(JobFailed, match="does not fit"):
            imagine(starting(a_job(), Mask(image=image, strength=0.5, mask=mask)), bench)


def test_what_words_name_is_shown_before_anything_is_painted(
    a_bench: Callable[..., Bench], told: list[Progress], tmp_path: Path
) -> None:
    scene = Scene("meadow", (Thing("house", "red", "centre", "big"),))
    bench = a_bench()
    image = kept(bench, Image.fromarray(draw(scene, 3).pixels))
    job = starting(a_job(steps=10), WordMask(image=image, mask_words="the red house"))
    imagine(job.model_copy(update={"policy": NSFW}), bench)
    first = told[0]
    assert first.step == 0
    assert first.preview is not None
    with Image.open(io.BytesIO(first.preview)) as preview:
        red, green, blue = preview.convert("RGB").resize((128, 128)).getpixel((64, 66))  # type: ignore[misc]
        assert blue > green + 60, "the red house is tinted magenta"
        assert red > green + 60
    told.clear()
    hidden = a_bench(detector=FakeDetector(*range(256)))
    with pytest.raises(JobFailed):
        imagine(job, hidden)
    assert all(progress.preview is None for progress in told)


def test_a_cancelled_job_stops_soon_and_leaves_nothing_in_the_engine(a_bench: Callable[..., Bench]) -> None:
    engine, looks = FakeEngine(), iter([False, True])
    bench = a_bench(engine=engine, is_cancelled=lambda job_id: next(looks))
    with pytest.raises(JobCancelled):
        imagine(a_job(pictures=4, steps=150), bench)
    assert next(looks, None) is None, "by the first look that sees it"
    time.sleep(0.1)
    assert engine.rendered == []


def test_a_blocked_picture_never_leaves(a_bench: Callable[..., Bench], tmp_path: Path) -> None:
    # What the engine draws of the second noise in three tries.
    nude = FakeDetector(*((1 + number * 1_000_003) % 256 for number in range(3)))
    pictures = imagine(a_job(pictures=3, steps=1), a_bench(detector=nude))
    assert [picture.blob is None for picture in pictures] == [False, True, False]
    assert pictures[1].verdict.blocked
    assert pictures[1].verdict.reasons
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 2


def test_what_came_out_nude_is_made_again_with_another_seed(
    a_bench: Callable[..., Bench], told: list[Progress]
) -> None:
    engine = FakeEngine()
    job = a_job(pictures=3, steps=40)
    pictures = imagine(job, a_bench(engine=engine, detector=FakeDetector(1)))
    assert [picture.blob is None for picture in pictures] == [False] * 3
    assert len(engine.rendered) == 4, "only that one"
    again = recipe_of(pictures[1])
    assert again.noise.seed == imagined(job).noises[1].seed + 1_000_003
    assert again.negative_prompt == "nude, naked, bare"
    assert {recipe_of(pictures[place]).negative_prompt for place in (0, 2)} == {""}
    assert {progress.again for progress in told} == {False, True}


def test_the_jobs_own_policy_decides(a_bench: Callable[..., Bench]) -> None:
    job = a_job(steps=1).model_copy(update={"policy": NSFW})
    (picture,) = imagine(job, a_bench(detector=FakeDetector(0)))
    assert picture.blob is not None
    assert picture.findings.found


def test_without_a_detector_nothing_is_even_rendered(a_bench: Callable[..., Bench], tmp_path: Path) -> None:
    engine = FakeEngine()
    with pytest.raises(JobFailed, match="cannot be checked"):
        imagine(a_job(), a_bench(engine=engine, detector=None))
    assert engine.rendered == []
    assert list(tmp_path.iterdir()) == []


def test_a_detector_that_breaks_lets_nothing_out(a_bench: Callable[..., Bench], tmp_path: Path) -> None:
    class Broken:
        def find(self, image: Image.Image, checkpoint: str) -> None:
            raise OSError("runtime gone")

    with pytest.raises(OSError, match="runtime gone"):
        imagine(a_job(steps=1), a_bench(detector=Broken()))
    assert list(tmp_path.iterdir()) == []


def test_one_failed_picture_fails_the_job_and_stops_the_others(a_bench: Callable[..., Bench]) -> None:
    class OneFails(FakeEngine):
        def submit(self, request: Request) -> Future[Image.Image]:
            if request.noise.seed == 2:
                failed: Future[Image.Image] = Future()
                failed.set_exception(ZeroDivisionError("boom"))
                return failed
            return super().submit(request)

    engine = OneFails()
    with pytest.raises(ZeroDivisionError):
        imagine(a_job(pictures=4, steps=50), a_bench(engine=engine))
    time.sleep(0.1)
    assert engine.rendered == []


def test_a_bad_checkpoint_is_said_before_anything_is_rendered(a_bench: Callable[..., Bench]) -> None:
    with pytest.raises(CheckpointError, match="cut off"):
        imagine(a_job("broken"), a_bench())


class Flaky(Blobs):
    def __init__(self, place: str, failures: int) -> None:
        super().__init__(place)
        self.failures = failures

    def put(self, data: bytes) -> str:
        if self.failures:
            self.failures -= 1
            raise BlobStoreAway("The disk is full.")
        return super().put(data)


def test_a_blob_store_that_comes_back_is_waited_for(
    a_bench: Callable[..., Bench], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stage, "_PUT_PAUSES", (0.01, 0.01))
    (picture,) = imagine(a_job(steps=1), a_bench(blobs=Flaky(str(tmp_path), failures=2)))
    assert picture.blob is not None


def test_a_blob_store_that_stays_away_fails_the_job_with_a_sentence(
    a_bench: Callable[..., Bench], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stage, "_PUT_PAUSES", (0.01, 0.01))
    with pytest.raises(JobFailed, match="full or away"):
        imagine(a_job(steps=1), a_bench(blobs=Flaky(str(tmp_path), failures=3)))
