"""Who waits, who runs, and whose turn it is."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from gpuworker.engine.errors import EngineStopped
from gpuworker.engine.render import Render
from gpuworker.engine.rows import RowLimit
from gpuworker.engine.ticket import Ticket

_DECODED_AT_ONCE = 4
"""Pictures in one pass of the autoencoder: more gain no time, and each takes more memory than a row."""


@dataclass
class Group:
    """The running pictures of one checkpoint and size, which share passes, and how many rows fit one."""

    checkpoint: str
    unet_rows: RowLimit
    vae_rows: RowLimit
    renders: list[Render] = field(default_factory=list)

    def has_room(self) -> bool:
        """Whether one more guided picture fits one pass."""
        return sum(render.rows for render in self.renders) + 2 <= self.unet_rows.rows


class Roster:
    """The waiting and the running. Any thread may add; the rest is for the thread that renders.

    Within a group it is first come, first served. Groups are bounded one by one and take turns step by step,
    so that a rare size or checkpoint neither waits for a full group to end nor holds it up.
    """

    def __init__(self, new_render: Callable[[Ticket], Render], max_rows: int) -> None:
        self._new_render = new_render
        self._max_rows = max_rows
        self._waiting: list[Ticket] = []
        self._groups: dict[tuple[str, int, int], Group] = {}
        self._news = threading.Condition()
        self._closed = False

    @property
    def waiting(self) -> int:
        """Requests that wait to join."""
        return len(self._waiting)

    @property
    def running(self) -> int:
        """Pictures that are being rendered."""
        return sum(len(group.renders) for group in list(self._groups.values()))

    def add(self, ticket: Ticket) -> None:
        """Put a ticket at the end of the line. Raises `EngineStopped`."""
        with self._news:
            if self._closed:
                raise EngineStopped("The engine is stopped.")
            self._waiting.append(ticket)
            self._news.notify()

    def wait_for_work(self) -> bool:
        """Sleep until there is something to do; False when the roster is closed."""
        with self._news:
            self._news.wait_for(lambda: self._closed or self._waiting or self._groups)
            return not self._closed

    def turn(self) -> Group | None:
        """The group whose turn it is, after those who are done left and those who wait joined."""
        self._let_go()
        self._admit()
        if not self._groups:
            return None
        key = next(iter(self._groups))
        group = self._groups[key] = self._groups.pop(key)
        return group

    def fail_running(self, error: Exception) -> None:
        """Answer everybody who runs with `error`."""
        for group in self._groups.values():
            for render in group.renders:
                render.ticket.fail(error)

    def close(self) -> None:
        """Take no more tickets and wake up whoever waits for work."""
        with self._news:
            self._closed = True
            self._news.notify_all()

    def empty(self, error: Exception) -> None:
        """Answer everybody with `error`."""
        self.fail_running(error)
        with self._news:
            waiting, self._waiting = self._waiting, []
        for ticket in waiting:
            ticket.fail(error)

    def _let_go(self) -> None:
        # Settling runs callbacks of futures, which may add tickets: not under the lock, nor while filtering.
        settled = [ticket for ticket in list(self._waiting) if ticket.settled()]
        with self._news:
            self._waiting = [ticket for ticket in self._waiting if ticket not in settled]
        for key, group in list(self._groups.items()):
            group.renders = [render for render in group.renders if not render.ticket.settled()]
            if not group.renders:
                del self._groups[key]

    def _admit(self) -> None:
        while (ticket := self._next_in_line()) is not None:
            with ticket.alone():
                render = self._new_render(ticket)
                key = _key(ticket)
                if key not in self._groups:
                    self._groups[key] = Group(key[0], RowLimit(self._max_rows), RowLimit(_DECODED_AT_ONCE))
                self._groups[key].renders.append(render)

    def _next_in_line(self) -> Ticket | None:
        with self._news:
            for i, ticket in enumerate(self._waiting):
                group = self._groups.get(_key(ticket))
                if group is None or group.has_room():
                    return self._waiting.pop(i)
        return None


def _key(ticket: Ticket) -> tuple[str, int, int]:
    """What requests have in common that share their passes: checkpoint, width, height."""
    return ticket.request.checkpoint, ticket.request.width, ticket.request.height
