"""How fast a worker is from taking a job to its result, by how many jobs it does at once."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import log2

from storage.farm import MeasuredSpeed
from storage.jobs import Job

_NEWEST = 0.2
"""The weight of the newest measurement beside all that came before."""


class Throughput:
    """Megapixel-steps a second over all jobs that run at once, with all that comes beside the steps.

    Jobs share passes by their pictures: who had a third of each pass and did w megapixel-steps in t seconds
    saw a worker that does 3w/t a second. Any thread may measure.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._weight = 0.0
        """Megapixels of the pictures that share the passes now."""
        self._jobs = 0
        self._passed = self._occupied = 0.0
        """The weight, and the jobs, summed over the seconds."""
        self._at = clock()
        self._speeds: dict[tuple[str, int], float] = {}

    @contextmanager
    def measuring(self, job: Job) -> Iterator[None]:
        """Measure while a job is done; one that ends by an exception tells nothing."""
        work, weight = job.task.megapixel_steps, job.task.megapixel_steps / job.task.passes
        began, passed, occupied = self._change(weight, 1)
        try:
            yield
        except BaseException:
            self._change(-weight, -1)
            raise
        ended, passed_then, occupied_then = self._change(-weight, -1)
        if (seconds := ended - began) > 0:
            share = weight * seconds / (passed_then - passed)
            self._count(job.checkpoint, (occupied_then - occupied) / seconds, work / seconds / share)

    def speeds(self) -> tuple[MeasuredSpeed, ...]:
        """Tell what was measured."""
        with self._lock:
            found = sorted(self._speeds.items())
        return tuple(
            MeasuredSpeed(checkpoint=name, megapixel_steps=speed, jobs=jobs) for (name, jobs), speed in found
        )

    def _change(self, weight: float, jobs: int) -> tuple[float, float, float]:
        """Note that pictures come or go; give the moment, and the two sums up to it."""
        with self._lock:
            now = self._clock()
            self._passed += self._weight * (now - self._at)
            self._occupied += self._jobs * (now - self._at)
            self._at = now
            self._weight += weight
            self._jobs += jobs
            return now, self._passed, self._occupied

    def _count(self, checkpoint: str, jobs: float, speed: float) -> None:
        about = (checkpoint, 2 ** round(log2(max(1.0, jobs))))
        with self._lock:
            known = self._speeds.get(about, speed)
            self._speeds[about] = known + _NEWEST * (speed - known)
