"""Who may run beside whom in one process: jobs beside which a worker died before keep to themselves."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from storage.attempts import Suspicion

_LOOK_SECONDS = 0.2
"""Between two looks at whether to stop."""


class Room:
    """Lets jobs in beside those of the same suspicion; the more suspect go before those who come later.

    Of those that ran when a worker died, most had no part in it. Together they are done as soon as any other
    jobs, and if there is a culprit among them, it takes nobody else with it. Those among whom a worker died
    again run one by one, so that no job falls three times because of another.
    """

    def __init__(self, stop: threading.Event) -> None:
        self._stop = stop
        self._changed = threading.Condition()
        self._inside = Counter[Suspicion]()
        self._here = Counter[Suspicion]()
        """Those inside, and those who wait to be."""

    @property
    def highest(self) -> Suspicion:
        """The suspicion of the most suspect job that is inside or waits; jobs of less must wait for it."""
        with self._changed:
            return max((+self._here).keys(), default=Suspicion.NONE)

    def has_place_for(self, suspicion: Suspicion) -> bool:
        """Say whether such a job is well placed here, and would not be done sooner elsewhere."""
        highest = self.highest
        return suspicion > highest or suspicion == highest < Suspicion.STRONG

    @contextmanager
    def entered(self, suspicion: Suspicion) -> Iterator[bool]:
        """Wait until the job may run, and hold its place; False when the worker stops before."""
        with self._changed:
            self._here[suspicion] += 1
            while not self._stop.is_set() and not self._may_enter(suspicion):
                self._changed.wait(_LOOK_SECONDS)
            let_in = not self._stop.is_set()
            self._inside[suspicion] += let_in
        try:
            yield let_in
        finally:
            with self._changed:
                self._inside[suspicion] -= let_in
                self._here[suspicion] -= 1
                self._changed.notify_all()

    def _may_enter(self, suspicion: Suspicion) -> bool:
        others = +self._inside
        if suspicion < Suspicion.STRONG:
            del others[suspicion]
        return not others and suspicion >= max((+self._here).keys())
