"""Who may run beside whom in one process: everybody, except a job that may have killed a worker before."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

_LOOK_SECONDS = 0.2
"""Between two looks at whether to stop."""


class Room:
    """Lets jobs in side by side, or one by itself; who wants to be alone goes before those who come later."""

    def __init__(self, stop: threading.Event) -> None:
        self._stop = stop
        self._changed = threading.Condition()
        self._inside = 0
        self._alone = 0
        """Those who are alone, or wait to be."""

    @property
    def closed(self) -> bool:
        """Whether somebody is alone or waits to be, so that further jobs are better taken elsewhere."""
        return self._alone > 0

    @contextmanager
    def entered(self, *, alone: bool) -> Iterator[bool]:
        """Wait until the job may run, and hold its place; False when the worker stops before."""
        with self._changed:
            self._alone += alone
            while not self._stop.is_set() and (self._inside if alone else self._alone):
                self._changed.wait(_LOOK_SECONDS)
            let_in = not self._stop.is_set()
            self._inside += let_in
        try:
            yield let_in
        finally:
            with self._changed:
                self._inside -= let_in
                self._alone -= alone
                self._changed.notify_all()
