"""The line of requests that wait to join a batch."""

from __future__ import annotations

import threading
from collections.abc import Iterator

from gpuworker.engine.errors import EngineStopped
from gpuworker.engine.ticket import Ticket


class WaitingLine:
    """Tickets in order of arrival. Any thread may add; the rest is for the engine's thread."""

    def __init__(self, news: threading.Event) -> None:
        """Set `news` whenever somebody joins the line."""
        self._news = news
        self._lock = threading.Lock()
        self._tickets: list[Ticket] = []
        self._closed = False

    def __len__(self) -> int:
        return len(self._tickets)

    def __iter__(self) -> Iterator[Ticket]:
        """Go through those who wait now; who comes meanwhile is not among them."""
        return iter(list(self._tickets))

    def add(self, ticket: Ticket) -> None:
        """Put a ticket at the end of the line. Raises `EngineStopped`."""
        with self._lock:
            if self._closed:
                raise EngineStopped("The engine is stopped.")
            self._tickets.append(ticket)
        self._news.set()

    def remove(self, ticket: Ticket) -> None:
        """Take a ticket out of the line."""
        with self._lock:
            self._tickets.remove(ticket)

    def drop_settled(self) -> None:
        """Take out all tickets that were cancelled, failed, or are past their deadline."""
        # Settling runs callbacks of futures, which may add tickets: not under the lock.
        for ticket in [ticket for ticket in self if ticket.settled()]:
            self.remove(ticket)

    def close(self, error: Exception) -> None:
        """Take no more tickets, and fail those that wait with `error`."""
        with self._lock:
            self._closed = True
            abandoned, self._tickets = self._tickets, []
        for ticket in abandoned:
            ticket.fail(error)
