"""The engine: one thread owns the device and advances all running pictures, one denoising step at a time."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from typing import Self

import torch
from PIL import Image
from torch import Tensor

from gpuworker.checkpoints.store import CheckpointStore
from gpuworker.engine.batch import decode, predict, to_picture
from gpuworker.engine.embeddings import EmbeddingFiles, Vocabulary
from gpuworker.engine.errors import EngineStopped
from gpuworker.engine.loras import LoraFiles, Wardrobe
from gpuworker.engine.render import Render
from gpuworker.engine.request import Request
from gpuworker.engine.roster import Group, Roster
from gpuworker.engine.speed import Speed
from gpuworker.engine.ticket import Ticket

log = logging.getLogger(__name__)

MAX_ROWS = 48
"""Rows of a forward pass. On CPU cores a row costs 5 % more among 32, 20 % among 16, and no less among 64."""


@dataclass(frozen=True)
class Stats:
    """What the engine is doing: pictures running and waiting, and picture-steps a second by checkpoint."""

    running: int
    waiting: int
    steps_per_second: dict[str, float]


class Engine:
    """Renders requests; those that arrive meanwhile join at the next step, whatever their settings.

    `with Engine(checkpoints) as engine:` runs it on a thread of its own, once; without that, call `step()`.
    `max_rows` bounds the rows of a forward pass, of which a picture with guidance takes two, and so does the
    store's memory. `lora_files` and `embedding_files` give the LoRAs and embeddings that prompts may name.
    """

    def __init__(
        self,
        checkpoints: CheckpointStore,
        max_rows: int = MAX_ROWS,
        lora_files: LoraFiles = dict,
        embedding_files: EmbeddingFiles = dict,
    ) -> None:
        self.checkpoints = checkpoints
        self._wardrobe = Wardrobe(lora_files)
        self._roster = Roster(checkpoints, max_rows, self._wardrobe, Vocabulary(embedding_files))
        self._speeds: dict[str, Speed] = {}
        self._thread = threading.Thread(target=self._run, name="engine", daemon=True)

    def submit(self, request: Request) -> Future[Image.Image]:
        """Queue a request from any thread; its future can be cancelled at any time.

        The future fails with `RenderError` (`DeadlineExceeded` is one) or `CheckpointError`, whose messages
        are sentences to show, with `EngineStopped`, or with whatever went wrong unforeseen.
        Raises `EngineStopped`.
        """
        ticket = Ticket(request)
        self._roster.add(ticket)
        return ticket.future

    @torch.inference_mode()
    def step(self) -> bool:
        """Advance one group of pictures by one step. False when nobody runs or waits."""
        group = self._roster.turn()
        if group is None:
            return self._roster.waiting > 0
        began = time.perf_counter()
        moved = _each(partial(self._predict, group), group.renders)
        for render, prediction in moved:
            with render.ticket.alone():
                render.advance(prediction)
        finished = [render for render in group.renders if render.done and not render.ticket.settled()]
        while finished:
            at_once = group.plan.pictures.rows
            for render, pixels in _each(partial(decode, plan=group.plan), finished[:at_once]):
                with render.ticket.alone():
                    render.ticket.succeed(render.finish(to_picture(pixels)))
            finished = finished[at_once:]
        speed = self._speeds.setdefault(group.checkpoint.name, Speed())
        speed.worked(len(moved), time.perf_counter() - began)
        return True

    def stats(self) -> Stats:
        """A snapshot, from any thread."""
        speeds = {name: speed.steps_per_second for name, speed in list(self._speeds.items())}
        return Stats(self._roster.running, self._roster.waiting, speeds)

    def start(self) -> None:
        """Run on a thread of its own until `stop`."""
        self._thread.start()

    def stop(self) -> None:
        """Stop after the current step, for good. What was not done fails with `EngineStopped`."""
        self._roster.close()
        if self._thread.is_alive():
            self._thread.join()
        self._roster.empty(EngineStopped("The engine was stopped."))

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _predict(self, group: Group, renders: Sequence[Render]) -> Tensor:
        self._wardrobe.wear(group.checkpoint, group.outfit)
        return predict(renders, group.plan)

    def _run(self) -> None:
        try:
            while self._roster.wait_for_work():
                try:
                    self.step()
                except Exception as error:
                    log.exception("A step failed, and the running pictures with it; the engine goes on.")
                    self._roster.fail_running(error)
        finally:
            # Whatever ended the loop, nobody is left waiting for a thread that is gone.
            self._roster.close()
            self._roster.empty(EngineStopped("The engine was stopped."))


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
