"""A worker's speed from jobs to results."""

from __future__ import annotations

import pytest

from gpuworker.throughput import Throughput
from tests.conftest import a_job


def test_the_speed_is_that_of_all_who_shared_the_passes() -> None:
    now = 0.0
    throughput = Throughput(lambda: now)
    job = a_job(pictures=2, steps=10)
    work = job.task.megapixel_steps
    with throughput.measuring(job):
        now = 5.0
    (alone,) = throughput.speeds()
    assert (alone.checkpoint, alone.megapixels) == ("pocket", 2**-5)
    assert alone.megapixel_steps == pytest.approx(work / 5)
    with throughput.measuring(job), throughput.measuring(a_job(pictures=4, steps=10)):
        now += 15.0
    both = throughput.speeds()[1]
    assert both.megapixels == 2**-3
    assert both.megapixel_steps == pytest.approx(3 * work / 15)


def test_a_job_that_failed_says_nothing() -> None:
    throughput = Throughput(lambda: 1.0)
    with pytest.raises(ZeroDivisionError), throughput.measuring(a_job()):
        raise ZeroDivisionError
    assert throughput.speeds() == ()
