"""A worker on which one job after another fails steps back, and comes back with the first that succeeds."""

from __future__ import annotations

import pytest

from gpuworker.health import Health


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [1000.0]
    monkeypatch.setattr("gpuworker.health.time.monotonic", lambda: now[0])
    return now


def failing(*jobs: str) -> Health:
    health = Health()
    for job in jobs:
        health.failed(job)
    return health


def test_three_different_jobs_in_a_row_are_its_own_fault(clock: list[float]) -> None:
    assert failing("a", "b").is_free()
    assert failing("a", "a", "a").ails is None, "one job alone is no proof"
    health = failing("a", "b", "c")
    assert not health.is_free()
    assert "steps back" in (health.ails or "")


def test_a_success_in_between_starts_the_count_anew(clock: list[float]) -> None:
    health = failing("a", "b")
    health.succeeded()
    health.failed("c")
    assert health.ails is None


def test_jobs_that_failed_elsewhere_as_well_do_not_count(clock: list[float]) -> None:
    health = failing("a", "b", "c")
    health.excuse({"a", "x"})
    assert health.ails is None
    health.failed("d")
    assert health.ails is not None


def test_after_a_pause_it_tries_one_job_and_pauses_for_longer_if_that_fails(clock: list[float]) -> None:
    health = failing("a", "b", "c")
    clock[0] += 31
    assert [health.is_free() for _ in range(3)] == [True, False, False]
    health.failed("d")
    clock[0] += 31
    assert not health.is_free()
    clock[0] += 31
    assert health.is_free()
    health.succeeded()
    assert health.ails is None
    assert health.is_free()
