"""The engine: one thread owns the device and advances all running pictures, one denoising step at a time."""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future, wait
from dataclasses import dataclass
from typing import Self, TypeVar

import torch
from PIL import Image

from gpuworker.checkpoints.store import CheckpointStore
from gpuworker.engine.bare import BarePasses
from gpuworker.engine.cores import wait_for_device
from gpuworker.engine.embeddings import EmbeddingFiles, Vocabulary
from gpuworker.engine.errors import EngineStopped
from gpuworker.engine.group import Group
from gpuworker.engine.loras import LoraFiles, LoraManager
from gpuworker.engine.pace import Pace
from gpuworker.engine.plan import most_pixels
from gpuworker.engine.request import Request
from gpuworker.engine.runner import ModelRunner
from gpuworker.engine.scheduler import Scheduler
from gpuworker.engine.speed import Speed
from gpuworker.engine.ticket import Ticket
from gpuworker.engine.turns import Turns
from storage.metrics import BATCH_PICTURES, STEP_SECONDS

log = logging.getLogger(__name__)

MAX_ROWS = 48
"""Rows of a forward pass. On CPU cores a row costs 5 % more among 32, 20 % among 16, and no less among 64.

On a GPU it is only the most: there they are measured (see `Saturation`)."""
_PATIENCE = 0.5
"""Seconds between two looks at the deadlines of those who wait for a checkpoint, and at those who wait for
work: an exception raised in a waiting thread from outside, such as a job's time-out, gets through then."""

Result = TypeVar("Result")


@dataclass(frozen=True)
class Stats:
    """What the engine is doing, and can do.

    `running` and `waiting` are pictures; for each checkpoint that has rendered there are the picture-steps a
    second, the same of a million pixels, and the most pixels that a picture may have.
    """

    running: int
    waiting: int
    steps_per_second: dict[str, float]
    megapixel_steps_per_second: dict[str, float]
    most_pixels: dict[str, int]


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
        self._news = threading.Event()
        """Set when something happened since the last step began."""
        loras, vocabulary = LoraManager(lora_files, self._news), Vocabulary(embedding_files)
        self._scheduler = Scheduler(checkpoints, max_rows, loras, vocabulary, self._news)
        self._bare = BarePasses(checkpoints.device)
        self._runner = ModelRunner(self._bare)
        self._turns = Turns(self._news)
        self._pace = Pace(checkpoints.device)
        self._speeds: dict[str, Speed] = {}
        self._most_pixels: dict[str, int] = {}
        self._stopped = False
        self._turn_began = math.inf
        self._thread = threading.Thread(target=self._run, name="engine", daemon=True)

    def submit(self, request: Request) -> Future[Image.Image]:
        """Queue a request from any thread; its future can be cancelled at any time.

        The future fails with `RenderError` (`DeadlineExceeded` is one) or `CheckpointError`, whose messages
        are sentences to show, with `EngineStopped`, or with whatever went wrong unforeseen.
        Raises `EngineStopped`.
        """
        ticket = Ticket(request)
        self._scheduler.add(ticket)
        return ticket.future

    def run(self, work: Callable[[], Result]) -> Result:
        """Do other work on the device when its turn comes: return what it returns, raise what it raises.

        It is called on the engine's thread, between two steps, and every running picture waits for it: cut
        what takes longer than a step into slices, for `run_each` or for calls of this. Called on the engine's
        own thread, from callbacks or other work, and with an engine that is stepped by hand, it is done at
        once. An exception in the waiting thread withdraws what has not begun. Raises `EngineStopped`.
        """
        (result,) = self.run_each([work])
        return result

    def run_each(self, slices: Iterable[Callable[[], Result]]) -> list[Result]:
        """Do work in slices, as many in a turn as are short enough, and give what each returned.

        A generator is asked for the next slice when the one before is done. Of the rest as `run` says.
        """
        if self._stopped:
            raise EngineStopped("The engine is stopped.")
        if not self._thread.is_alive() or self._thread is threading.current_thread():
            return [do() for do in slices]
        return _result_of(self._turns.add(slices))

    @torch.inference_mode()
    def step(self) -> bool:
        """Advance one group of pictures by one step. False when nobody runs or waits."""
        self._news.clear()
        called = time.perf_counter()
        group = self._scheduler.schedule()
        if group is None:
            return self._wait_for_checkpoint()
        began = time.perf_counter()
        advanced = self._runner.advance(group)
        self._runner.decode(group)
        self._pace.keep()
        self._count(group, advanced, called, began)
        self._find_limit(group)
        return True

    def stats(self) -> Stats:
        """Take a snapshot, from any thread."""
        speeds = list(self._speeds.items())
        return Stats(
            running=self._scheduler.running,
            waiting=self._scheduler.waiting,
            steps_per_second={name: speed.steps_per_second for name, speed in speeds},
            megapixel_steps_per_second={name: speed.megapixel_steps_per_second for name, speed in speeds},
            most_pixels=dict(self._most_pixels),
        )

    @property
    def turn_seconds(self) -> float:
        """Give the seconds that the step, or other work, has taken that runs now; 0 between two of them."""
        return max(0.0, time.monotonic() - self._turn_began)

    def start(self) -> None:
        """Run on a thread of its own until `stop`."""
        self._thread.start()

    def stop(self) -> None:
        """Stop after the current step, for good. What was not done fails with `EngineStopped`."""
        self._stopped = True
        self._news.set()
        if self._thread.is_alive():
            self._thread.join()
        self._close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _count(self, group: Group, advanced: int, called: float, began: float) -> None:
        """Count a step that was called, and whose passes began, at these moments."""
        if self._turns.waiting:
            wait_for_device()  # or the rest of the step would count as the time of whoever is next
        ended = time.perf_counter()
        name = group.checkpoint.name
        self._speeds.setdefault(name, Speed()).worked(advanced, group.pixels, ended - began)
        STEP_SECONDS.labels(name).observe(ended - began)
        BATCH_PICTURES.labels(name).observe(advanced)
        self._bare.count()
        self._turns.count_step(ended - called, advanced)

    def _find_limit(self, group: Group) -> None:
        """Find out once for each checkpoint how large its pictures may be."""
        name = group.checkpoint.name
        if name not in self._most_pixels:
            self._most_pixels[name] = most_pixels(group.checkpoint, self.checkpoints.memory)

    def _wait_for_checkpoint(self) -> bool:
        """With no picture running, sleep until a checkpoint or LoRA is loaded or there is other work."""
        if self._scheduler.awaits_loading and not self._turns.waiting and not self._stopped:
            self._news.wait(_PATIENCE)
        return self._scheduler.waiting > 0

    def _run(self) -> None:
        pictures_go_on = True
        try:
            while self._wait_for_work():
                self._turn_began = time.monotonic()
                given = self._turns.give(pictures_wait=pictures_go_on and not self._scheduler.is_idle)
                pictures_go_on = given or self._step_or_fail()
        finally:
            # Whatever ended the loop, nobody is left waiting for a thread that is gone.
            self._close()

    def _step_or_fail(self) -> bool:
        """Tell whether a step was made; if it failed, so did the running pictures."""
        try:
            return self.step() and self._scheduler.running > 0
        except Exception as error:
            log.exception("A step failed, and the running pictures with it; the engine goes on.")
            self._scheduler.fail_running(error)
            return True

    def _wait_for_work(self) -> bool:
        """Sleep until there is something to do; False when the engine is to stop."""
        self._turn_began = math.inf
        while not self._stopped:
            self._news.clear()
            if not self._scheduler.is_idle or self._turns.waiting:
                return True
            if not self._stopped:
                self._news.wait()
        return False

    def _close(self) -> None:
        self._stopped = True
        error = EngineStopped("The engine was stopped.")
        self._scheduler.close(error)
        self._turns.close(error)


def _result_of(future: Future[Result]) -> Result:
    """Wait for work; if that ends by an exception in this thread, the work is not begun any more."""
    try:
        while wait([future], _PATIENCE).not_done:
            pass
        return future.result()
    finally:
        future.cancel()
        del future  # an error's traceback holds this frame: see `Work.go_on`
