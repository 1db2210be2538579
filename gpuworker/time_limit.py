"""The time that a job may take: it counts while the job works, and not while it stands still for others."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar, Token
from types import TracebackType
from typing import Any, Literal

from rq.timeouts import TimerDeathPenalty

_AGAIN_SECONDS = 1.0
"""At least, between two looks at whether the time of a job that stands still is up."""


class WorkClock:
    """Counts the seconds that a job works. Any thread may stop it and have it go on."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._before = 0.0
        self._since: float | None = clock()

    def worked(self) -> float:
        """Give the seconds so far."""
        with self._lock:
            return self._before + (0.0 if self._since is None else self._clock() - self._since)

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """Do not count until the block ends."""
        self._go(False)
        try:
            yield
        finally:
            self._go(True)

    @contextmanager
    def going(self) -> Iterator[None]:
        """Count all the same until the block ends, which is inside of one that does not."""
        self._go(True)
        try:
            yield
        finally:
            self._go(False)

    def _go(self, goes: bool) -> None:
        with self._lock:
            if self._since is not None:
                self._before += self._clock() - self._since
            self._since = self._clock() if goes else None


_clock: ContextVar[WorkClock] = ContextVar("clock")


def work_clock() -> WorkClock:
    """Give the clock of the job that runs in this thread, or one that nobody looks at."""
    return _clock.get(None) or WorkClock()


class TimeLimit(TimerDeathPenalty):
    """Raises RQ's exception in the thread of a job that has worked for too long."""

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)  # type: ignore[no-untyped-call]
        self._changing = threading.Lock()
        self._over = False

    def __enter__(self) -> None:
        """Begin to count."""
        self.clock = WorkClock()
        self._token: Token[WorkClock] = _clock.set(self.clock)
        super().__enter__()  # type: ignore[no-untyped-call]

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> Literal[False]:
        """Raise nothing any more."""
        with self._changing:
            self._over = True
        _clock.reset(self._token)
        super().__exit__(kind, error, trace)  # type: ignore[no-untyped-call]
        return False

    def handle_death_penalty(self) -> None:
        """Look again later, if the job stood still for some of the time that has passed."""
        with self._changing:
            if self._over:
                return
            if (left := self._timeout - self.clock.worked()) <= 0:
                super().handle_death_penalty()  # type: ignore[no-untyped-call]
                return
            self._timer = threading.Timer(max(left, _AGAIN_SECONDS), self.handle_death_penalty)
            self._timer.start()
