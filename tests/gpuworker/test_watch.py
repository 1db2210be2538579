"""Jobs that do not move are noticed, and those that move too slowly to wait for."""

from __future__ import annotations

import pytest

from gpuworker.watch import LOADING_SECONDS, STALLED_SECONDS, Watch
from storage.events import Progress
from storage.jobs import Job
from tests.conftest import a_job


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [1000.0]
    monkeypatch.setattr("gpuworker.watch.time.monotonic", lambda: now[0])
    return now


def unknown(job: Job) -> float | None:
    return None


def test_a_job_that_moves_is_left_alone_and_one_that_stops_is_noticed(clock: list[float]) -> None:
    watch, job = Watch(), a_job()
    watch.began(job)
    for step in range(1, 4):
        clock[0] += 0.9 * STALLED_SECONDS
        assert watch.hanging(unknown) == []
        watch.moved(Progress(job_id=job.id, step=step, steps=10))
    clock[0] += 1.1 * STALLED_SECONDS
    watch.moved(Progress(job_id=job.id, step=3, steps=10))
    assert watch.hanging(unknown) == [job], "whatever it says"
    watch.ended(job)
    assert watch.hanging(unknown) == []


def test_a_checkpoint_may_take_minutes_to_load_but_not_for_ever(clock: list[float]) -> None:
    watch, job = Watch(), a_job("large")
    watch.began(job)
    clock[0] += 2 * STALLED_SECONDS
    assert watch.hanging(unknown, {"large"}) == []
    assert watch.hanging(unknown, {"another"}) == [job]
    clock[0] += LOADING_SECONDS
    assert watch.hanging(unknown, {"large"}) == [job]


@pytest.mark.parametrize(("elsewhere", "slow"), [(None, False), (2.0, True), (40.0, False)])
def test_a_job_is_slow_by_what_it_would_take_elsewhere(
    clock: list[float], elsewhere: float | None, slow: bool
) -> None:
    watch, job = Watch(), a_job()
    watch.began(job)
    watch.moved(Progress(job_id=job.id, step=1, steps=10))
    clock[0] += 40
    watch.moved(Progress(job_id=job.id, step=5, steps=10))
    assert (watch.hanging(lambda _: elsewhere) == [job]) is slow
    clock[0] += 40
    watch.moved(Progress(job_id=job.id, step=9, steps=10))
    assert watch.hanging(lambda _: elsewhere) == [], "the rest is short"


@pytest.mark.parametrize("loading", [5.0, 0.9 * STALLED_SECONDS])
def test_what_waited_for_its_checkpoint_is_not_taken_for_slow(clock: list[float], loading: float) -> None:
    watch, job = Watch(), a_job()
    watch.began(job)
    clock[0] += loading
    for step in range(1, 20):
        watch.moved(Progress(job_id=job.id, step=step, steps=20))
        assert watch.hanging(lambda _: 10.0) == []
        clock[0] += 0.5


def test_what_is_slow_after_its_checkpoint_was_loaded_is_noticed(clock: list[float]) -> None:
    watch, job = Watch(), a_job()
    watch.began(job)
    clock[0] += 30
    for step in range(1, 4):
        watch.moved(Progress(job_id=job.id, step=step, steps=20))
        clock[0] += 10
    assert watch.hanging(lambda _: 10.0) == [job]


def test_pictures_that_are_made_another_time_are_counted_anew(clock: list[float]) -> None:
    watch, job = Watch(), a_job()
    watch.began(job)
    for _ in range(3):
        for step in range(1, 11):
            watch.moved(Progress(job_id=job.id, step=step, steps=10))
            assert watch.hanging(lambda _: 5.0) == []
            clock[0] += 0.5
        clock[0] += 30
