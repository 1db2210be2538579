"""The line of requests that wait to join a batch, fair between the members whose they are."""

from __future__ import annotations

import threading
from bisect import insort
from collections.abc import Iterator
from operator import attrgetter

from gpuworker.engine.errors import EngineStopped
from gpuworker.engine.ticket import Ticket


class WaitingLine:
    """Any thread may add; the rest is for the engine's thread.

    Tickets stand by the work that their members had before: start-time fair queueing (Goyal et al. 1996), in
    steps of a million pixels over the member's weight. A member's own stay in order of arrival, and who comes
    after a pause begins level with whoever joined last. So a job of many pictures keeps nobody else's out.
    """

    def __init__(self, news: threading.Event) -> None:
        """Set `news` whenever somebody joins the line."""
        self._news = news
        self._lock = threading.Lock()
        self._tickets: list[Ticket] = []
        self._closed = False
        self._level = 0.0
        self._had: dict[str, float] = {}
        """The work of members, with all that they have in the line; those who had no more than newcomers are
        left out."""

    def __len__(self) -> int:
        return len(self._tickets)

    def __iter__(self) -> Iterator[Ticket]:
        """Go through those who wait now; who comes meanwhile is not among them."""
        return iter(list(self._tickets))

    def add(self, ticket: Ticket) -> None:
        """Put a ticket where its member's turn is. Raises `EngineStopped`."""
        request = ticket.request
        work = request.steps * request.width * request.height / 1e6 / request.share.weight
        with self._lock:
            if self._closed:
                raise EngineStopped("The engine is stopped.")
            ticket.had = max(self._level, self._had.get(request.share.member, 0.0))
            self._had[request.share.member] = ticket.had + work
            insort(self._tickets, ticket, key=attrgetter("had"))
        self._news.set()

    def join(self, ticket: Ticket) -> None:
        """Take a ticket out of the line because it joins the batch."""
        with self._lock:
            self._tickets.remove(ticket)
            self._level = max(self._level, ticket.had)
            self._had = {member: had for member, had in self._had.items() if had > self._level}

    def drop_settled(self) -> None:
        """Take out all tickets that were cancelled, failed, or are past their deadline."""
        # Settling runs callbacks of futures, which may add tickets: not under the lock.
        for ticket in [ticket for ticket in self if ticket.settled()]:
            with self._lock:
                self._tickets.remove(ticket)

    def close(self, error: Exception) -> None:
        """Take no more tickets, and fail those that wait with `error`."""
        with self._lock:
            self._closed = True
            abandoned, self._tickets = self._tickets, []
        for ticket in abandoned:
            ticket.fail(error)
