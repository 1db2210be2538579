"""How fast a worker is from taking a job to its result, by how large the passes are that jobs share."""

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
        self._passed = 0.0
        """The weight, summed over the seconds."""
        self._at = clock()
        self._speeds: dict[tuple[str, float], float] = {}

    @contextmanager
    def measuring(self, job: Job) -> Iterator[None]:
        """Measure while a job is done; one that ends by an exception tells nothing."""
        work, weight = job.task.megapixel_steps, job.task.megapixel_steps / job.task.passes
        began, passed = self._change(weight)
        try:
            yield
        except BaseException:
            self._change(-weight)
            raise
        ended, passed_then = self._change(-weight)
        if (seconds := ended - began) > 0:
            together = (passed_then - passed) / seconds
            self._count(job.checkpoint, together, work / seconds * together / weight)

    def speeds(self) -> tuple[MeasuredSpeed, ...]:
        """Tell what was measured."""
        with self._lock:
            found = sorted(self._speeds.items())
        return tuple(
            MeasuredSpeed(checkpoint=name, megapixel_steps=speed, megapixels=together)
            for (name, together), speed in found
        )

    def _change(self, weight: float) -> tuple[float, float]:
        """Note that pictures come or go; give the moment, and the sum up to it."""
        with self._lock:
            now = self._clock()
            self._passed += self._weight * (now - self._at)
            self._at = now
            self._weight += weight
            return now, self._passed

    def _count(self, checkpoint: str, megapixels: float, speed: float) -> None:
        about = (checkpoint, 2.0 ** round(log2(megapixels)))
        with self._lock:
            known = self._speeds.get(about, speed)
            self._speeds[about] = known + _NEWEST * (speed - known)
