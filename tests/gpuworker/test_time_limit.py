"""A job's time is up when it has worked for so long, however long it stood still."""

from __future__ import annotations

import threading

import pytest
from rq.timeouts import JobTimeoutException

from gpuworker.seat import Seat
from gpuworker.time_limit import TimeLimit, WorkClock, work_clock


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [1000.0]
    monkeypatch.setattr(WorkClock.__init__, "__defaults__", (lambda: now[0],))
    return now


def test_what_stands_still_is_not_counted(now: list[float]) -> None:
    clock = WorkClock()
    now[0] += 3
    with clock.stopped():
        now[0] += 100
        with clock.going():
            now[0] += 4
        now[0] += 100
        assert clock.worked() == 7
    now[0] += 5
    assert clock.worked() == 12


def test_a_job_that_stood_still_goes_on_and_one_that_worked_for_too_long_is_ended(
    now: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []

    class Timer:
        def __init__(self, seconds: float, _: object) -> None:
            waits.append(seconds)

        def start(self) -> None:
            pass

        cancel = start

    monkeypatch.setattr(threading, "Timer", Timer)
    limit = TimeLimit(60, JobTimeoutException)
    with limit:
        with work_clock().stopped():
            now[0] += 7200
            limit.handle_death_penalty()
        now[0] += 59
        limit.handle_death_penalty()
        now[0] += 1
        with pytest.raises(JobTimeoutException):
            _fires(limit)
    assert waits == [60, 60, 1]


def test_a_job_that_is_over_is_not_ended(now: list[float]) -> None:
    limit = TimeLimit(60, JobTimeoutException)
    with limit:
        now[0] += 60
    _fires(limit)
    assert work_clock() is not limit.clock


def test_seats_count_work() -> None:
    assert Seat.death_penalty_class is TimeLimit


def _fires(limit: TimeLimit) -> None:
    """Do what its timer does, and give the exception the moment in which it is raised."""
    limit.handle_death_penalty()
    for _ in range(1000):
        pass
