"""A played engine with room for few of its checkpoints: line, loading and turns are the real ones."""

from __future__ import annotations

import threading
import time
from collections import Counter
from concurrent.futures import Future
from pathlib import Path
from typing import Any, cast

from PIL import Image

from gpuworker.checkpoints.checkpoint import Checkpoint
from gpuworker.checkpoints.memory import Memory
from gpuworker.checkpoints.store import CheckpointStore
from gpuworker.engine.errors import EngineStopped
from gpuworker.engine.loading import Loading
from gpuworker.engine.request import Request
from gpuworker.engine.ticket import Ticket
from gpuworker.engine.waiting import WaitingLine
from tests.gpuworker.fake_farm import FakeCheckpoint, FakeStats

_PATIENCE = 0.2


class PlayedCheckpoint(FakeCheckpoint):
    """Weights of one byte."""

    bytes, adapter_bytes = 1, 0


class SlowStore(CheckpointStore):
    """A store with room for `room` checkpoints, which take so many seconds to load; it notes each load."""

    def __init__(self, names: tuple[str, ...], room: int, seconds: float) -> None:
        super().__init__(Path("/nowhere"), "cpu", Memory(2 * room))
        self._sizes = dict.fromkeys(names, 1)
        self._seconds = seconds
        self.loads: list[str] = []

    def describe(self, name: str) -> Any:
        """Describe anything."""
        return FakeCheckpoint()

    def _read(self, name: str) -> Checkpoint:
        self.loads.append(name)
        time.sleep(self._seconds)
        return cast(Checkpoint, PlayedCheckpoint())


class SwappingEngine:
    """A pass takes `pass_seconds`, and `picture_seconds` for each picture, of each checkpoint in use.

    What the real engine's scheduler does about checkpoints, this one does with the same parts.
    """

    turn_seconds = 0.0

    def __init__(self, store: SlowStore, pass_seconds: float, picture_seconds: float) -> None:
        self.store = store
        self._pass, self._picture = pass_seconds, picture_seconds
        self._news, self._stopped = threading.Event(), threading.Event()
        self._waiting = WaitingLine(self._news)
        self._loading = Loading(store, self._news)
        self._running: list[tuple[Ticket, list[int]]] = []
        threading.Thread(target=self._run, daemon=True).start()

    def submit(self, request: Request) -> Future[Image.Image]:
        """Let a picture wait for its turn."""
        ticket = Ticket(request)
        self._waiting.add(ticket)
        return ticket.future

    def stats(self) -> FakeStats:
        """Tell what a batch of eight pictures of 128 pixels a side does."""
        steps = 8 / (self._pass + 8 * self._picture)
        speeds = dict.fromkeys(self.store.loaded, steps * 128 * 128 / 1e6)
        return FakeStats(len(self._running), dict.fromkeys(speeds, steps), speeds)

    def stop(self) -> None:
        """Stop after the pass."""
        self._stopped.set()
        self._news.set()

    def _run(self) -> None:
        while not self._stopped.is_set():
            self._news.clear()
            self._loading.finish(self._waiting)
            self._waiting.drop_settled()
            self._admit()
            self._loading.begin(self._waiting)
            if self._running:
                self._step()
            else:
                self._news.wait(_PATIENCE)
        self._waiting.close(EngineStopped("The engine is stopped."))
        for ticket, _ in self._running:
            ticket.fail(EngineStopped("The engine is stopped."))

    def _admit(self) -> None:
        room_is_awaited = False
        for ticket in self._waiting:
            name = ticket.request.checkpoint
            if room_is_awaited and self.store.had_its_turn(name):
                continue
            if self.store.hold(name) is not None:
                self._waiting.join(ticket)
                self._running.append((ticket, [ticket.request.steps]))
            else:
                room_is_awaited = self._loading.is_crowded

    def _step(self) -> None:
        began = Counter(ticket.request.checkpoint for ticket, _ in self._running)
        time.sleep(sum(self._pass + self._picture * pictures for pictures in began.values()))
        for ticket, left in self._running:
            left[0] -= 1
            if left[0] <= 0:
                ticket.succeed(Image.new("RGB", (ticket.request.width, ticket.request.height), "teal"))
        for ticket, left in self._running:
            if left[0] <= 0 or ticket.settled():
                self.store.release(ticket.request.checkpoint)
        self._running = [each for each in self._running if each[1][0] > 0 and not each[0].settled()]
