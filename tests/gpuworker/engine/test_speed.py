"""How fast the engine says it is."""

from __future__ import annotations

import pytest

from gpuworker.engine.speed import Speed


def test_nothing_is_known_before_the_first_step() -> None:
    assert Speed().steps_per_second == 0


def test_steps_are_counted_over_the_seconds_that_they_took() -> None:
    speed = Speed()
    speed.worked(4, 500_000, 0.5)
    assert speed.steps_per_second == pytest.approx(8)
    assert speed.megapixel_steps_per_second == pytest.approx(4)
    speed.worked(4, 500_000, 1.5)
    assert speed.steps_per_second == pytest.approx(4, rel=0.05), "of all the time, not of the steps' speeds"


def test_what_is_long_ago_counts_little() -> None:
    speed = Speed()
    for _ in range(300):
        speed.worked(10, 500_000, 1.0)
    for _ in range(30):
        speed.worked(20, 500_000, 1.0)
    assert speed.steps_per_second == pytest.approx(20 - 10 / 2.718, abs=0.1), "after thirty busy seconds"
    for _ in range(300):
        speed.worked(20, 500_000, 1.0)
    assert speed.steps_per_second == pytest.approx(20, abs=0.01)
