"""Whether a worker's failures are its own: one that fails fast would eat the jobs of the whole farm."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable

FAILURES = 3
"""So many different jobs in a row, and the worker is what they have in common."""
_SHORTEST_PAUSE, _LONGEST_PAUSE = 30.0, 600.0


class Health:
    """Counts the failures in a row that may be the worker's own; after FAILURES of them it steps back.

    Then it tries one job after a pause, and pauses for twice as long if that fails as well.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._failed: dict[str, None] = {}
        self._pause = _SHORTEST_PAUSE
        self._back_at: float | None = None

    @property
    def ails(self) -> str | None:
        """Say what is wrong, as the end of a sentence about the worker."""
        if self._back_at is None:
            return None
        return f"steps back, because {FAILURES} jobs in a row failed there; its log says why"

    def is_free(self) -> bool:
        """Say whether a job may be taken: always, or one after each pause."""
        with self._lock:
            if self._back_at is None:
                return True
            if time.monotonic() < self._back_at:
                return False
            self._back_at = time.monotonic() + self._pause
            return True

    def succeeded(self) -> None:
        """Hear that a job was done: whatever it was is over."""
        with self._lock:
            self._failed.clear()
            self._pause, self._back_at = _SHORTEST_PAUSE, None

    def excuse(self, job_ids: Iterable[str]) -> None:
        """Hear of jobs that failed on other workers as well: those do not count."""
        with self._lock:
            for job_id in job_ids:
                self._failed.pop(job_id, None)
            if len(self._failed) < FAILURES:
                self._pause, self._back_at = _SHORTEST_PAUSE, None

    def failed(self, job_id: str) -> None:
        """Hear that a job failed here."""
        with self._lock:
            self._failed[job_id] = None
            if len(self._failed) < FAILURES:
                return
            if self._back_at is not None:
                self._pause = min(2 * self._pause, _LONGEST_PAUSE)
            self._back_at = time.monotonic() + self._pause
