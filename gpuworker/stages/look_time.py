"""How much of the processors goes into looks at previews, over all jobs of a worker."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_SHARE = 1 / 5
"""How much of a job's time goes at most into looks at its previews, and of the processors' into all looks:
where many jobs run on few cores, these would hold up the engine, and the more so the less it gets done."""


class LookTime:
    """The time that the jobs of a worker have for looks at their previews."""

    def __init__(self, cores: int = os.cpu_count() or 1) -> None:
        self._cores = cores
        self._followed = 0
        self._changing = threading.Lock()

    @contextmanager
    def shared(self) -> Iterator[None]:
        """Have one more job share the time while the block runs."""
        with self._changing:
            self._followed += 1
        try:
            yield
        finally:
            with self._changing:
                self._followed -= 1

    def pause(self, seconds: float) -> float:
        """Give the seconds from the beginning of a look that took so long to the job's next one."""
        return seconds / _SHARE * max(1.0, self._followed / self._cores)
