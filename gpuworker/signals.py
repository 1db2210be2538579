"""The signals that tell a worker to stop."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def signals_told() -> Iterator[list[int]]:
    """Give whichever of SIGTERM and SIGINT came so far; outside the main thread, none ever does.

    The handler only writes that down: if it set an event, it could come while the main thread has that
    event's lock, and wait for it forever.
    """
    told: list[int] = []
    if threading.current_thread() is not threading.main_thread():
        yield told
        return
    numbers = (signal.SIGTERM, signal.SIGINT)
    before = {number: signal.signal(number, lambda number, _: told.append(number)) for number in numbers}
    try:
        yield told
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
