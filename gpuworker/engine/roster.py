"""Who waits, who runs, and whose turn it is."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any

from gpuworker.checkpoints.checkpoint import Checkpoint
from gpuworker.checkpoints.store import CheckpointStore
from gpuworker.engine.embeddings import Vocabulary
from gpuworker.engine.errors import EngineStopped
from gpuworker.engine.loras import Outfit, Wardrobe
from gpuworker.engine.plan import Plan, plan
from gpuworker.engine.render import Render
from gpuworker.engine.ticket import Ticket
from gpuworker.families.attention import attention_within
from moderation.prompt_language.limits import LoraSet

_PATIENCE = 0.5
"""Seconds between looks at the deadlines of those who wait for a checkpoint."""


@dataclass
class Group:
    """The running pictures of one checkpoint, size and set of LoRAs: they share passes, as planned.

    The group holds its checkpoint, so that it stays loaded. What it wears is looked up when somebody joins,
    not at every step: a LoRA's file may go meanwhile.
    """

    checkpoint: Checkpoint
    make_plan: Callable[[], Plan]
    outfit: Outfit = ()
    renders: list[Render] = field(default_factory=list)

    @cached_property
    def plan(self) -> Plan:
        """How the pictures are computed. Raises `RenderError` when none of the size fits the memory."""
        self.checkpoint.undress()  # what passes take is measured when it is first asked for
        return self.make_plan()

    def has_room(self) -> bool:
        """Whether one more guided picture fits one pass."""
        rows = sum(render.rows for render in self.renders)
        return not rows or rows + 2 <= self.plan.rows.rows


class Roster:
    """The waiting and the running. Any thread may add; the rest is for the thread that renders.

    Within a group it is first come, first served. Groups are bounded one by one and take turns step by step,
    so that a rare size or checkpoint neither waits for a full group to end nor holds it up.

    A checkpoint that is not loaded is loaded on another thread while the rest goes on. If it does not fit
    beside those in use, these have their turn, in which newcomers may join; after it the later ones wait, the
    running ones finish, and the checkpoints change places. So nobody starves, and most of the time is spent
    rendering.
    """

    def __init__(
        self, checkpoints: CheckpointStore, max_rows: int, wardrobe: Wardrobe, vocabulary: Vocabulary
    ) -> None:
        self._checkpoints = checkpoints
        self._wardrobe = wardrobe
        self._vocabulary = vocabulary
        self._max_rows = max_rows
        self._waiting: list[Ticket] = []
        self._groups: dict[tuple[str, int, int, LoraSet], Group] = {}
        self._loading: tuple[str, Future[Any]] | None = None
        self._crowded = False
        """Whether somebody waits for a checkpoint for which there is no room."""
        self._news = threading.Condition()
        self._stirred = False
        """Whether there was news since the last turn began."""
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
            self._stirred = True
            self._news.notify()

    def wait_for_work(self) -> bool:
        """Sleep until there is something to do; False when the roster is closed."""
        with self._news:
            self._news.wait_for(lambda: self._closed or self._waiting or self._groups)
            return not self._closed

    def turn(self) -> Group | None:
        """The group whose turn it is, after those who are done left and those who wait joined.

        None when nobody runs; when somebody waits for a checkpoint then, some time has passed.
        """
        self._stirred = False
        self._take_in_what_was_loaded()
        self._let_go()
        self._admit()
        self._drop_empty_groups()
        self._load_what_is_missing()
        if not self._groups:
            self._await_news()
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
        for group in self._groups.values():
            group.renders.clear()
        self._drop_empty_groups()
        with self._news:
            waiting, self._waiting = self._waiting, []
        for ticket in waiting:
            ticket.fail(error)

    def _take_in_what_was_loaded(self) -> None:
        """Answer those who waited for a checkpoint that could not be loaded."""
        if self._loading is None or not self._loading[1].done():
            return
        (name, future), self._loading = self._loading, None
        if future.exception() is None:
            return
        for ticket in [ticket for ticket in list(self._waiting) if ticket.request.checkpoint == name]:
            with ticket.alone():
                future.result()

    def _let_go(self) -> None:
        # Settling runs callbacks of futures, which may add tickets: not under the lock, nor while filtering.
        settled = [ticket for ticket in list(self._waiting) if ticket.settled()]
        with self._news:
            self._waiting = [ticket for ticket in self._waiting if ticket not in settled]
        for group in self._groups.values():
            group.renders = [render for render in group.renders if not render.ticket.settled()]

    def _admit(self) -> None:
        while (admitted := self._next_in_line()) is not None:
            ticket, group = admitted
            with ticket.alone():
                group.outfit = self._wardrobe.find(group.checkpoint, ticket.loras)
                planned = group.plan
                self._wardrobe.wear(group.checkpoint, group.outfit)
                with attention_within(planned.scores):
                    render = Render(ticket, group.checkpoint, self._vocabulary, planned.tile)
                group.renders.append(render)

    def _next_in_line(self) -> tuple[Ticket, Group] | None:
        with self._news:
            room_is_awaited = False
            for i, ticket in enumerate(self._waiting):
                if room_is_awaited and self._checkpoints.had_its_turn(ticket.request.checkpoint):
                    continue
                group = self._group_of(ticket)
                if group is None:
                    room_is_awaited = self._crowded
                elif group.has_room():
                    return self._waiting.pop(i), group
        return None

    def _group_of(self, ticket: Ticket) -> Group | None:
        """The group that a ticket may join; None when its checkpoint is not loaded."""
        key = _key(ticket)
        if key not in self._groups:
            checkpoint = self._checkpoints.hold(ticket.request.checkpoint)
            if checkpoint is None:
                return None
            width, height = ticket.request.width, ticket.request.height
            made = partial(plan, checkpoint, self._checkpoints.memory, width, height, self._max_rows)
            self._groups[key] = Group(checkpoint, made)
        return self._groups[key]

    def _drop_empty_groups(self) -> None:
        for key, group in list(self._groups.items()):
            if not group.renders:
                del self._groups[key]
                self._checkpoints.release(group.checkpoint.name)

    def _load_what_is_missing(self) -> None:
        """Begin to load the checkpoint that the first in line waits for, one at a time."""
        if self._loading is not None:
            return
        wanted = [ticket.request.checkpoint for ticket in list(self._waiting)]
        name = next((name for name in wanted if not self._checkpoints.is_loaded(name)), None)
        future = None if name is None else self._checkpoints.begin(name)
        self._crowded = name is not None and future is None
        if name is not None and future is not None:
            self._loading = name, future
            future.add_done_callback(self._stir)

    def _await_news(self) -> None:
        """Sleep until a checkpoint is loaded or somebody comes, but look after the deadlines."""
        if self._loading is not None or self._crowded:
            with self._news:
                self._news.wait_for(lambda: self._stirred or self._closed, _PATIENCE)

    def _stir(self, _: Future[Any]) -> None:
        with self._news:
            self._stirred = True
            self._news.notify_all()


def _key(ticket: Ticket) -> tuple[str, int, int, LoraSet]:
    """What requests have in common that share their passes: checkpoint, width, height and LoRAs."""
    return ticket.request.checkpoint, ticket.request.width, ticket.request.height, ticket.loras
