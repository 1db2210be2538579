"""Other work for the device, taking turns with the pictures' steps: CLIP, detectors, upscalers, training."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from typing import Any, Generic, TypeVar

from gpuworker.engine.cores import use_all_cores, wait_for_device
from gpuworker.engine.errors import EngineStopped

Result = TypeVar("Result")

TURN_SECONDS = 0.05
"""A turn ends with the first slice that reaches this: about as long as a step of a few pictures."""


class Work(Generic[Result]):
    """Work of one caller, in slices, and the future of what they return.

    The future stays pending until all is done, so that it can be cancelled between any two slices.
    """

    def __init__(self, caller: int, slices: Iterable[Callable[[], Result]]) -> None:
        self.caller = caller
        self.future: Future[list[Result]] = Future()
        self._slices: Iterator[Callable[[], Result]] = iter(slices)
        self._results: list[Result] = []

    def go_on(self) -> bool:
        """Do slices for one turn; whatever they raise goes to the future. Whether something is left to do."""
        ends = time.perf_counter() + TURN_SECONDS
        try:
            while not self.future.cancelled():
                if (do := next(self._slices, None)) is None:
                    break
                self._results.append(do())
                if time.perf_counter() >= ends:
                    return True
            if self.future.set_running_or_notify_cancel():
                self.future.set_result(self._results)
        except BaseException as error:
            if self.future.set_running_or_notify_cancel():
                self.future.set_exception(error)
            # The error's traceback holds this frame and those above, and so would hold the future that holds
            # the error: the tensors of work that ran out of memory would stay until garbage is collected.
            del self
        return False

    def abandon(self, error: Exception) -> None:
        """Fail the work with `error`."""
        if self.future.set_running_or_notify_cancel():
            self.future.set_exception(error)


class Turns:
    """Who wants the device beside the pictures, and whose turn it is: that of whoever had least of it.

    Each caller's seconds are counted, and the pictures' too. Whoever comes after a pause begins level with
    the pictures, or with whoever was last served, so that nobody saves up time (virtual token counters, Sheng
    et al., arXiv 2401.00588, for seconds). So a short piece of work is done right after the step in which it
    came, however many long ones wait, and a step waits for one turn of each of the others at most.

    All running pictures share each step. They count as many callers as there are pictures, and at least as
    many as the others are: half of the time is always theirs.
    """

    def __init__(self, news: threading.Event) -> None:
        """Set `news` whenever there is something new to do."""
        self._news = news
        self._lock = threading.Lock()
        self._closed = False
        self._arrived: list[Work[Any]] = []
        """What came since the engine's thread looked; all below is for that thread alone."""
        self._waiting: list[Work[Any]] = []
        self._had: dict[int, float] = {}
        """Seconds that callers had; those who had no more than newcomers are left out."""
        self._pictures_had = 0.0
        """What running pictures had; where there are none, what newcomers begin with."""
        self._level = 0.0
        """What the caller that was last served had before."""
        self._served: set[int] = set()
        """The callers that had a turn since the last step: they may be about to ask for more."""

    @property
    def waiting(self) -> int:
        """Count the callers that wait for the device."""
        return len(self._waiting) + len(self._arrived)

    def add(self, slices: Iterable[Callable[[], Result]]) -> Future[list[Result]]:
        """Queue work of the calling thread. Raises `EngineStopped`."""
        work = Work(threading.get_ident(), slices)
        with self._lock:
            if self._closed:
                raise EngineStopped("The engine is stopped.")
            self._arrived.append(work)
        self._news.set()
        return work.future

    def give(self, pictures_wait: bool) -> bool:
        """Give the caller that had least a turn, on all cores; False if no other work is next.

        That is so when there is none, or when pictures want the device, too, and had less.
        """
        if not pictures_wait:
            self._pictures_had = self._level
        self._let_in(self._pictures_had)
        work = min(self._waiting, key=lambda work: self._had[work.caller], default=None)
        if work is None or (pictures_wait and self._had[work.caller] > self._pictures_had):
            return False
        self._waiting.remove(work)
        self._served.add(work.caller)
        self._level = self._had[work.caller]
        wait_for_device()
        use_all_cores()
        began = time.perf_counter()
        if work.go_on():
            self._waiting.append(work)
        self._had[work.caller] += time.perf_counter() - began
        del work  # see `Work.go_on`
        return True

    def count_step(self, seconds: float, pictures: int) -> None:
        """Count a step of so many seconds that so many pictures shared."""
        self._let_in(self._pictures_had)  # who came during the step has waited for it like the others
        callers = self._served.union(work.caller for work in self._waiting)
        self._pictures_had += seconds / max(1, pictures, len(callers))
        self._served.clear()

    def close(self, error: Exception) -> None:
        """Take no more work, and fail what waits with `error`."""
        with self._lock:
            self._closed = True
            abandoned = [*self._waiting, *self._arrived]
            self._waiting, self._arrived = [], []
        for work in abandoned:
            work.abandon(error)

    def _let_in(self, level: float) -> None:
        """Let newcomers begin at that level, unless they are ahead of it or only just had a turn."""
        with self._lock:
            arrived, self._arrived = self._arrived, []
        for work in arrived:
            had = self._had.get(work.caller, 0.0)
            self._had[work.caller] = had if work.caller in self._served else max(had, level)
        self._waiting += arrived
        asking = self._served.union(work.caller for work in self._waiting)
        self._had = {caller: had for caller, had in self._had.items() if caller in asking or had > level}
