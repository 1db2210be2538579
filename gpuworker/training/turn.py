"""How much of the device a training takes: all of it while nobody else wants it, else a share."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from gpuworker.time_limit import WorkClock, work_clock

LOOK_SECONDS = 0.25
"""Between two looks at whether the training is still wanted, and whether pictures want the device."""
_DOZE_SECONDS = 0.02


class Stats(Protocol):
    """What the engine says of itself."""

    @property
    def running(self) -> int:
        """Pictures that are being rendered."""

    @property
    def waiting(self) -> int:
        """Pictures that wait to be."""


class Engine(Protocol):
    """Who gives turns on the device."""

    def run(self, work: Callable[[], None], /) -> None:
        """Do work when its turn comes."""

    def stats(self) -> Stats:
        """Say how many pictures there are."""


@dataclass
class Turns:
    """Has slices of a training done by an engine, with rests between them.

    After each slice the training rests for as long as leaves it `share` of the time, but no longer than
    pictures want the device. `look` is called now and then, also in a rest, and may raise. While `is_crowded`
    says so nothing is done at all.
    """

    engine: Engine
    share: float
    look: Callable[[], None]
    is_crowded: Callable[[], bool]
    clock: WorkClock = field(default_factory=work_clock)
    """Counts the slices, and not what lies between them."""
    _looked: float = 0.0
    _crowded: bool = False

    def run(self, slice_: Callable[[], None]) -> None:
        """Do one slice. Raises what it raises, EngineStopped, and what `look` raises."""
        with self.clock.stopped():
            self._run(slice_)

    def _run(self, slice_: Callable[[], None]) -> None:
        self._look()
        while self._crowded:
            time.sleep(LOOK_SECONDS)
            self.engine.run(_nothing)  # says when the engine is stopped
            self._look()
        took = 0.0

        def timed() -> None:
            nonlocal took
            began = time.perf_counter()
            with self.clock.going():
                slice_()
            took = time.perf_counter() - began

        self.engine.run(timed)
        self._rest(took * (1 - self.share) / self.share)

    def _rest(self, seconds: float) -> None:
        ends = time.monotonic() + seconds
        while time.monotonic() < ends and self._pictures_wait():
            time.sleep(min(_DOZE_SECONDS, seconds))
            self._look()

    def _pictures_wait(self) -> bool:
        stats = self.engine.stats()
        return stats.running + stats.waiting > 0

    def _look(self) -> None:
        if (now := time.monotonic()) >= self._looked + LOOK_SECONDS:
            self._looked = now
            self.look()
            self._crowded = self.is_crowded()


def _nothing() -> None:
    pass
