"""Leaving in time when told to, and when the process that started this one is gone."""

from __future__ import annotations

import logging
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

log = logging.getLogger(__name__)

SECONDS = 7.5
"""From SIGTERM to the end of a process. Docker kills after 10 s, and what was not put away then is lost."""


class Leaving:
    """The time that is left once the process was told to stop; then it ends, whatever it is doing.

    A picture's step, a model that loads and a Redis that does not answer cannot be interrupted. What they
    leave undone is safe: jobs go to another worker, and results that were not told are told after the start.
    """

    def __init__(self, seconds: float) -> None:
        self.last: Callable[[], None] = lambda: None
        """Called before the process ends that way."""
        self._seconds = seconds
        self._lock, self._begun = threading.Lock(), False

    def begin(self) -> None:
        """Let the time run; it does so only once."""
        with self._lock:
            if self._begun:
                return
            self._begun = True
        timer = threading.Timer(self._seconds, self._end)
        timer.daemon = True
        timer.start()

    def _end(self) -> None:
        log.warning("Something hangs, so the rest is left to the next start.")
        self.last()
        os._exit(0)


@contextmanager
def leaving(seconds: float = SECONDS) -> Iterator[Leaving]:
    """End the process at most so long after SIGTERM or SIGINT.

    Signals are noticed also while the main thread is busy in a library, and would handle them much later.
    Where an event loop takes them over, it has to call `begin`.
    """
    left = Leaving(seconds)
    ours, theirs = socket.socketpair()
    theirs.setblocking(False)
    before = signal.set_wakeup_fd(theirs.fileno(), warn_on_full_buffer=False)
    threading.Thread(target=_watch, args=(ours, left), name="leaving", daemon=True).start()
    try:
        yield left
    finally:
        signal.set_wakeup_fd(before)
        theirs.close()


def _watch(signals: socket.socket, left: Leaving) -> None:
    with signals:
        while number := signals.recv(1):
            if number[0] in (signal.SIGTERM, signal.SIGINT):
                left.begin()


def leave_with(pipe: int) -> None:
    """Stop this process, as SIGTERM does, once the other end of a pipe is closed: by its death, for one."""

    def wait() -> None:
        while os.read(pipe, 1):
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, name="leave-with", daemon=True).start()
