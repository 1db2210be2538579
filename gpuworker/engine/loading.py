"""What memory is for: the checkpoint that is loaded next, while the rest goes on."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from concurrent.futures import Future
from typing import Any

from gpuworker.checkpoints.store import CheckpointStore
from gpuworker.engine.ticket import Ticket


class Loading:
    """Loads missing checkpoints one at a time, on another thread, in the order in which they are wanted."""

    def __init__(self, checkpoints: CheckpointStore, news: threading.Event) -> None:
        """Set `news` whenever a checkpoint is loaded, or cannot be."""
        self._checkpoints = checkpoints
        self._news = news
        self._now: tuple[str, Future[Any]] | None = None
        self.is_crowded = False
        """Whether somebody waits for a checkpoint for which there is no room beside those in use."""

    @property
    def is_awaited(self) -> bool:
        """Tell whether somebody can only go on when a checkpoint has been loaded or has made room."""
        return self._now is not None or self.is_crowded

    def begin(self, waiting: Iterable[Ticket]) -> None:
        """Begin to load what the first in line waits for, unless something is being loaded already."""
        if self._now is not None:
            return
        wanted = (ticket.request.checkpoint for ticket in waiting)
        name = next((name for name in wanted if not self._checkpoints.is_loaded(name)), None)
        future = None if name is None else self._checkpoints.begin(name)
        self.is_crowded = name is not None and future is None
        if name is not None and future is not None:
            self._now = name, future
            future.add_done_callback(lambda _: self._news.set())

    def finish(self, waiting: Iterable[Ticket]) -> None:
        """If what was being loaded is done but could not be had, fail those who wait for it."""
        if self._now is None or not self._now[1].done():
            return
        (name, future), self._now = self._now, None
        if future.exception() is None:
            return
        for ticket in waiting:
            if ticket.request.checkpoint == name:
                with ticket.alone():
                    future.result()
