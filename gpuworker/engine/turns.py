"""Other work for the device, taking turns with the pictures' steps: CLIP, detectors, upscalers, training."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Generic, TypeVar

import torch

from gpuworker.engine.cores import use_all_cores
from gpuworker.engine.errors import EngineStopped

Result = TypeVar("Result")


class Work(Generic[Result]):
    """A function to call once, and the future of what it returns."""

    def __init__(self, function: Callable[[], Result]) -> None:
        self._function = function
        self.future: Future[Result] = Future()

    def do(self) -> None:
        """Call the function unless the future was cancelled; whatever it raises goes to the future alone."""
        if not self.future.set_running_or_notify_cancel():
            return
        try:
            self.future.set_result(self._function())
        except BaseException as error:
            self.future.set_exception(error)
            # The error's traceback holds this frame, and through it the future that holds the error: left so,
            # the tensors of work that ran out of memory would stay until the next garbage collection.
            del self


class Turns:
    """Work that waits for the device, first come, first served, and whether its turn has come.

    While pictures want the device too, steps and other work get half of the time each. Counting seconds
    instead of turns is fair both ways: after one long piece several short steps follow, and after one step of
    a full batch several short pieces. Neither side saves up time while it wants nothing, so a step waits for
    one piece of work at most, or for as much as fits the time of the step before it.
    """

    def __init__(self, news: threading.Event) -> None:
        """Set `news` whenever there is something new to do."""
        self._news = news
        self._lock = threading.Lock()
        self._waiting: deque[Work[Any]] = deque()
        self._lead = 0.0
        """Seconds that steps have had more of the device than other work, while both wanted it."""
        self._closed = False

    @property
    def waiting(self) -> int:
        """Pieces of work that wait for the device."""
        return len(self._waiting)

    def add(self, function: Callable[[], Result]) -> Future[Result]:
        """Queue work, from any thread. Raises `EngineStopped`."""
        work = Work(function)
        with self._lock:
            if self._closed:
                raise EngineStopped("The engine is stopped.")
            self._waiting.append(work)
        self._news.set()
        return work.future

    def are_due(self, pictures_wait: bool) -> bool:
        """Whether other work is next, given whether any picture wants the device as well."""
        if not pictures_wait:
            self.forgive()
        return bool(self._waiting) and self._lead >= 0

    def take(self) -> None:
        """Do the first piece of work that waits, on all cores, and count its time."""
        called = time.perf_counter()
        if torch.cuda.is_available():
            torch.cuda.synchronize()  # a step returns before the GPU is done with it
        began = time.perf_counter()
        use_all_cores()
        self._waiting.popleft().do()
        self._lead += (began - called) - (time.perf_counter() - began)

    def count_step(self, seconds: float) -> None:
        """Count the seconds of a step. Time that nobody else wanted is not owed to later work."""
        self._lead = min(self._lead, 0.0) + seconds

    def forgive(self) -> None:
        """Forget who is ahead, because pictures do not want the device now."""
        self._lead = 0.0

    def close(self, error: Exception) -> None:
        """Take no more work, and fail what waits with `error`."""
        with self._lock:
            self._closed = True
            abandoned = list(self._waiting)
            self._waiting.clear()
        for work in abandoned:
            if work.future.set_running_or_notify_cancel():
                work.future.set_exception(error)
