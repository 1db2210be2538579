"""Watches the jobs of a worker for progress: a sign of life of its process is not one of each job."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from storage.events import Progress
from storage.jobs import Job

STALLED_SECONDS = 60.0
"""A job of which nothing was heard for so long hangs."""
LOADING_SECONDS = 600.0
"""The same while its checkpoint is loaded, which takes minutes where 7 GB come from a slow disk."""
_SLOW_FACTOR = 4.0
"""A job is slow here if the rest of it takes so many times as long as all of it would take elsewhere."""
_WORTH_SECONDS = 20.0
"""A rest that is shorter is not worth a second worker."""


@dataclass(slots=True)
class _Watched:
    job: Job
    moved: float = field(default_factory=lambda: time.monotonic())
    done: float = 0.0
    """The share of its steps that are done."""
    first: tuple[float, float] | None = None
    """When it was first heard to have moved, and how much was done by then; anew where it begins again."""

    def move(self, now: float, done: float) -> None:
        if self.first is None or done < self.done:
            self.first = now, done
        self.moved, self.done = now, done

    def stalled(self, now: float, loading: Collection[str]) -> bool:
        patience = LOADING_SECONDS if self.job.checkpoint in loading else STALLED_SECONDS
        return now - self.moved > patience

    def seconds_left(self, now: float) -> float:
        """Expect the rest to take as long, step by step, as what is done; 0 while that is not known.

        What came before the first step, such as a checkpoint that was loaded, does not come again.
        """
        if self.first is None or self.done <= self.first[1]:
            return 0.0
        began, before = self.first
        return (now - began) * (1 - self.done) / (self.done - before)


class Watch:
    """Knows when each running job moved, and how far it is."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._watched: dict[str, _Watched] = {}

    def began(self, job: Job) -> None:
        """Watch a job from now on."""
        with self._lock:
            self._watched[job.id] = _Watched(job)

    def moved(self, progress: Progress) -> None:
        """Hear how far a job is."""
        with self._lock:
            watched = self._watched.get(progress.job_id)
            done = progress.step / progress.steps if progress.steps else 0.0
            # It is told every second, also of a job that stands still.
            if watched is not None and done != watched.done:
                watched.move(time.monotonic(), done)

    def ended(self, job: Job) -> None:
        """Watch it no longer."""
        with self._lock:
            self._watched.pop(job.id, None)

    def hanging(
        self, seconds_elsewhere: Callable[[Job], float | None], loading: Collection[str] = ()
    ) -> list[Job]:
        """List the jobs that do not move, or so slowly that they would be done sooner elsewhere.

        `seconds_elsewhere` says how long all of a job takes on another worker, None if that is not known, and
        `loading` which checkpoints are being loaded.
        """
        now = time.monotonic()
        with self._lock:
            watched = list(self._watched.values())
        return [
            each.job
            for each in watched
            if each.stalled(now, loading) or _is_slow(each, now, seconds_elsewhere)
        ]


def _is_slow(watched: _Watched, now: float, seconds_elsewhere: Callable[[Job], float | None]) -> bool:
    left = watched.seconds_left(now)
    if left < _WORTH_SECONDS:
        return False
    elsewhere = seconds_elsewhere(watched.job)
    return elsewhere is not None and left > _SLOW_FACTOR * elsewhere
