"""Previews of pictures in the making: how often they come, how they stand, and which never leave."""

from __future__ import annotations

import io
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pytest
from PIL import Image

from gpuworker.engine.request import StepDone
from gpuworker.stages import follow
from gpuworker.stages.bench import Bench, JobFailed
from gpuworker.stages.follow import PREVIEW_SECONDS, Follower, side_by_side
from gpuworker.stages.imagine import imagine
from gpuworker.stages.look_time import LookTime
from moderation.findings import Findings
from storage.events import Progress
from tests.conftest import a_job
from tests.gpuworker.fake_farm import FakeDetector, FakeEngine, bench_of


@pytest.fixture
def a_bench(tmp_path: Path, told: list[Progress]) -> Callable[..., Bench]:
    return partial(bench_of, tmp_path, engine=FakeEngine(), tell=told.append)


def test_progress_is_told_over_all_pictures_at_most_four_times_a_second(
    a_bench: Callable[..., Bench], told: list[Progress], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follow, "PREVIEW_SECONDS", 0.1)
    job = a_job(pictures=4, steps=50)
    began = time.monotonic()
    imagine(job, a_bench())
    assert 2 <= len(told) <= (time.monotonic() - began) * 4
    assert {progress.job_id for progress in told} == {job.id}
    assert {progress.steps for progress in told} == {200}
    assert sorted(progress.step for progress in told) == [progress.step for progress in told]
    assert told[-1].step > 100
    previews = [progress.preview for progress in told if progress.preview is not None]
    assert previews
    with Image.open(io.BytesIO(previews[-1])) as image:
        assert (image.format, image.size) == ("JPEG", (256, 256))


@pytest.mark.parametrize(
    ("pictures", "size"), [(1, (256, 128)), (2, (256, 64)), (3, (256, 128)), (4, (256, 128))]
)
def test_previews_stand_as_the_grid_will(pictures: int, size: tuple[int, int]) -> None:
    sheet = side_by_side([Image.new("RGB", (32, 16), "white")] * pictures)
    assert sheet is not None
    assert sheet.size == size


def test_a_preview_may_be_missing() -> None:
    assert side_by_side([None, None]) is None
    sheet = side_by_side([None, Image.new("RGB", (16, 16), "white")])
    assert sheet is not None
    assert sheet.convert("L").getpixel((10, 64)) < 20  # type: ignore[operator]
    assert sheet.convert("L").getpixel((200, 64)) > 235  # type: ignore[operator]


def test_no_preview_leaves_that_the_detectors_did_not_clear(
    a_bench: Callable[..., Bench], told: list[Progress], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follow, "PREVIEW_SECONDS", 0.1)
    job = a_job(pictures=4, steps=50)
    imagine(job, a_bench(detector=FakeDetector(*range(256))))
    assert told
    assert [progress.preview for progress in told if progress.preview] == []


class Clock:
    """A clock that goes on when it is told to."""

    now = 0.0

    def monotonic(self) -> float:
        return self.now


class SlowDetector(FakeDetector):
    """Takes its time over each look."""

    def __init__(self, clock: Clock, seconds: float) -> None:
        super().__init__()
        self.clock, self.seconds, self.spent = clock, seconds, 0.0

    def find(self, image: Image.Image, checkpoint: str) -> Findings:
        self.clock.now += self.seconds
        self.spent += self.seconds
        return super().find(image, checkpoint)


@pytest.mark.parametrize("pictures", [1, 4])
@pytest.mark.parametrize("seconds", [0.01, 0.2, 2.0])
def test_looks_at_previews_take_little_of_a_jobs_time_however_slow_they_are(
    seconds: float,
    pictures: int,
    a_bench: Callable[..., Bench],
    told: list[Progress],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = Clock()
    monkeypatch.setattr(follow, "time", clock)
    detector = SlowDetector(clock, seconds)
    follower = Follower(a_job(pictures=pictures), pictures, 10, a_bench(detector=detector))
    notes = [follower.noting(index) for index in range(pictures)]
    while clock.now < 600:
        for note in notes:
            note(StepDone(1, 10, lambda: Image.new("RGB", (16, 16))))
        follower.look()
        clock.now += follow.TELL_SECONDS
    previews = sum(progress.preview is not None for progress in told)
    assert detector.spent <= 0.21 * clock.now
    looks = 1 if pictures == 1 else 1 + pictures
    usual = max(PREVIEW_SECONDS, 5 * looks * seconds)
    assert previews == pytest.approx(600 / usual, rel=0.2), "no rarer than it must be"


def test_all_jobs_of_a_worker_share_the_time_for_looks(
    a_bench: Callable[..., Bench], told: list[Progress], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follow, "time", clock := Clock())
    detector = SlowDetector(clock, 0.2)
    bench = a_bench(detector=detector, look_time=LookTime(cores=2))
    followers = [Follower(a_job(), 1, 10, bench) for _ in range(8)]
    with ExitStack() as running:
        for _ in followers:
            running.enter_context(bench.look_time.shared())
        while clock.now < 600:
            for follower in followers:
                follower.noting(0)(StepDone(1, 10, lambda: Image.new("RGB", (16, 16))))
                follower.look()
            clock.now += follow.TELL_SECONDS
    assert detector.spent <= 0.41 * clock.now
    shown = Counter(progress.job_id for progress in told if progress.preview is not None)
    assert len(shown) == 8
    assert min(shown.values()) > max(shown.values()) / 2, "each has its turn"


def test_a_job_shares_the_time_for_looks_while_it_is_followed(a_bench: Callable[..., Bench]) -> None:
    bench = a_bench(look_time=LookTime(cores=1))
    alone = bench.look_time.pause(1.0)
    first, second = Future[Image.Image](), Future[Image.Image]()
    with ThreadPoolExecutor() as seats:
        made = [
            seats.submit(Follower(a_job(), 1, 10, bench).await_all, [future]) for future in (first, second)
        ]
        give_up = time.monotonic() + 60
        while bench.look_time.pause(1.0) < 2 * alone and time.monotonic() < give_up:
            time.sleep(0.01)
        assert bench.look_time.pause(1.0) == 2 * alone
        first.set_exception(JobFailed("too dark"))
        second.set_result(Image.new("RGB", (16, 16)))
    with pytest.raises(JobFailed):
        made[0].result()
    assert bench.look_time.pause(1.0) == alone
