"""The engine: one thread owns the device and advances all running pictures, one denoising step at a time."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import partial
from typing import Self

import torch
from PIL import Image
from torch import Tensor

from gpuworker.checkpoints.store import CheckpointStore
from gpuworker.engine.batch import decode, predict, to_picture
from gpuworker.engine.errors import EngineStopped
from gpuworker.engine.prompts import PromptEncoder
from gpuworker.engine.render import Render
from gpuworker.engine.request import Request
from gpuworker.engine.rows import RowLimit
from gpuworker.engine.speed import Speed
from gpuworker.engine.ticket import Ticket

log = logging.getLogger(__name__)

_ROWS = {"cuda": 32, "cpu": 32}
"""Rows in one forward pass, by kind of device."""

Key = tuple[str, int, int]
"""What requests must have in common to share a forward pass: checkpoint, width, height."""


@dataclass(frozen=True)
class Stats:
    """What the engine is doing: pictures running and waiting, and picture-steps a second by checkpoint."""

    running: int
    waiting: int
    steps_per_second: dict[str, float]


@dataclass
class Group:
    """The running pictures that share their forward passes, and how many rows of theirs fit the device."""

    unet_rows: RowLimit
    vae_rows: RowLimit
    renders: list[Render] = field(default_factory=list)

    def has_room(self) -> bool:
        """Whether one more guided picture fits one forward pass."""
        return sum(render.rows for render in self.renders) + 2 <= self.unet_rows.rows


class Engine:
    """Renders requests; those that arrive meanwhile join at the next step, whatever their settings.

    `with Engine(checkpoints) as engine:` runs it on a thread of its own; without that, call `step()` by hand.
    `max_rows` bounds the rows of a forward pass; a picture with guidance takes two.
    """

    def __init__(self, checkpoints: CheckpointStore, max_rows: int | None = None) -> None:
        self.checkpoints = checkpoints
        self._max_rows = max_rows or _ROWS[checkpoints.device.type]
        self._prompts = PromptEncoder()
        self._waiting: list[Ticket] = []
        self._groups: dict[Key, Group] = {}
        self._speeds: dict[str, Speed] = {}
        self._news = threading.Condition()
        self._thread: threading.Thread | None = None
        self._stopped = False

    def submit(self, request: Request) -> Future[Image.Image]:
        """Queue a request from any thread; its future can be cancelled at any time.

        The future fails with `RenderError` (`DeadlineExceeded` is one) or `CheckpointError`, whose messages
        are sentences to show, with `EngineStopped`, or with whatever went wrong unforeseen.
        Raises `EngineStopped`.
        """
        ticket = Ticket(request)
        with self._news:
            if self._stopped:
                raise EngineStopped("The engine is stopped.")
            self._waiting.append(ticket)
            self._news.notify()
        return ticket.future

    @torch.inference_mode()
    def step(self) -> bool:
        """Advance one group of pictures by one step. False when there was nothing to do."""
        self._let_go()
        self._admit()
        if not self._groups:
            return False
        began = time.perf_counter()
        # Groups take turns: the first one goes behind the others.
        key = next(iter(self._groups))
        group = self._groups[key] = self._groups.pop(key)
        moved = _each(partial(predict, limit=group.unet_rows), group.renders)
        for render, prediction in moved:
            with render.ticket.alone():
                render.advance(prediction)
        finished = [render for render in group.renders if render.done and not render.ticket.settled()]
        for render, pixels in _each(partial(decode, limit=group.vae_rows), finished):
            with render.ticket.alone():
                render.ticket.succeed(to_picture(pixels))
        self._speeds.setdefault(key[0], Speed()).worked(len(moved), time.perf_counter() - began)
        return True

    def stats(self) -> Stats:
        """A snapshot, from any thread."""
        running = sum(len(group.renders) for group in list(self._groups.values()))
        speeds = {name: speed.steps_per_second for name, speed in list(self._speeds.items())}
        return Stats(running, len(self._waiting), speeds)

    def _let_go(self) -> None:
        """Forget what is settled: pictures done, failed, cancelled or late."""
        with self._news:
            self._waiting = [ticket for ticket in self._waiting if not ticket.settled()]
        for key, group in list(self._groups.items()):
            group.renders = [render for render in group.renders if not render.ticket.settled()]
            if not group.renders:
                del self._groups[key]

    def _admit(self) -> None:
        """Let waiting requests join, first come first served within each group."""
        while (ticket := self._next_in_line()) is not None:
            with ticket.alone():
                render = Render(ticket, self.checkpoints.get(ticket.request.checkpoint), self._prompts)
                key = _key(ticket.request)
                if key not in self._groups:
                    self._groups[key] = Group(RowLimit(self._max_rows), RowLimit(self._max_rows))
                self._groups[key].renders.append(render)

    def _next_in_line(self) -> Ticket | None:
        with self._news:
            for i, ticket in enumerate(self._waiting):
                group = self._groups.get(_key(ticket.request))
                if group is None or group.has_room():
                    return self._waiting.pop(i)
        return None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Run on a thread of its own until `stop`."""
        self._thread = threading.Thread(target=self._run, name="engine", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop after the current step. What was not done fails with `EngineStopped`."""
        with self._news:
            self._stopped = True
            self._news.notify()
        if self._thread is not None:
            self._thread.join()
        self._fail_all(EngineStopped("The engine was stopped."))

    def _run(self) -> None:
        try:
            while self._has_work():
                try:
                    self.step()
                except Exception as error:
                    log.exception("A step failed, and the running pictures with it; the engine goes on.")
                    self._fail_running(error)
        finally:
            # Whatever ended the loop, nobody is left waiting for a thread that is gone.
            self._stopped = True
            self._fail_all(EngineStopped("The engine was stopped."))

    def _has_work(self) -> bool:
        """Sleep until there is work; False when the engine is to stop."""
        with self._news:
            self._news.wait_for(lambda: self._stopped or self._waiting or self._groups)
            return not self._stopped

    def _fail_running(self, error: Exception) -> None:
        for group in self._groups.values():
            for render in group.renders:
                render.ticket.fail(error)

    def _fail_all(self, error: Exception) -> None:
        self._fail_running(error)
        with self._news:
            waiting, self._waiting = self._waiting, []
        for ticket in waiting:
            ticket.fail(error)


def _key(request: Request) -> Key:
    return request.checkpoint, request.width, request.height


def _each(
    run: Callable[[Sequence[Render]], Tensor], renders: Sequence[Render]
) -> list[tuple[Render, Tensor]]:
    """`run` on all at once, or if that fails on one at a time, so that only the culprit's picture is lost."""
    if len(renders) > 1:
        try:
            return list(zip(renders, run(renders).chunk(len(renders)), strict=True))
        except Exception:
            log.exception("A batch of %d pictures failed; trying them one by one.", len(renders))
    alone: list[tuple[Render, Tensor]] = []
    for render in renders:
        with render.ticket.alone():
            alone.append((render, run([render])))
    return alone
