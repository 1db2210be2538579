"""Looks at previews take a share of a job's time, and of the processors', however many jobs there are."""

from __future__ import annotations

from contextlib import ExitStack

import pytest

from gpuworker.stages.look_time import LookTime


@pytest.mark.parametrize(("cores", "jobs", "share"), [(1, 1, 0.2), (2, 8, 0.4), (16, 8, 1.6), (1, 0, 0.2)])
def test_looks_take_their_share_of_a_jobs_time_and_of_the_cores(cores: int, jobs: int, share: float) -> None:
    looks = LookTime(cores)
    with ExitStack() as running:
        for _ in range(jobs):
            running.enter_context(looks.shared())
        assert max(1, jobs) * 0.3 / looks.pause(0.3) == pytest.approx(share)


def test_whoever_is_done_leaves_their_time_to_the_others() -> None:
    looks = LookTime(cores=1)
    with looks.shared():
        with looks.shared():
            assert looks.pause(1.0) == pytest.approx(10.0)
        assert looks.pause(1.0) == pytest.approx(5.0)
