"""How a training shares the device with pictures."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from gpuworker.time_limit import TimeLimit, WorkClock
from gpuworker.training.turn import Turns


@dataclass
class Busy:
    """What an engine says of itself."""

    running: int
    waiting: int = 0


@dataclass
class PlayedEngine:
    pictures: int
    done: list[float] = field(default_factory=list)

    def run(self, work: Callable[[], None]) -> None:
        work()
        self.done.append(time.monotonic())

    def stats(self) -> Busy:
        return Busy(self.pictures)


def turns(engine: PlayedEngine, share: float, **how: Callable[[], bool]) -> Turns:
    return Turns(engine, share, look=lambda: None, is_crowded=how.get("is_crowded", lambda: False))


def seconds_of(turns: Turns, slices: int, each: float = 0.02) -> float:
    began = time.monotonic()
    for _ in range(slices):
        turns.run(lambda: time.sleep(each))
    return time.monotonic() - began


def test_a_training_takes_its_share_while_pictures_want_the_device() -> None:
    took = seconds_of(turns(PlayedEngine(pictures=1), share=0.2), slices=5)
    assert took > 5 * 0.02 / 0.2 * 0.95


def test_a_training_does_not_rest_when_nobody_else_wants_the_device() -> None:
    engine = PlayedEngine(pictures=0)
    seconds_of(turns(engine, share=0.001), slices=3)
    assert len(engine.done) == 3
    assert engine.done[-1] - engine.done[0] < 5, "at its share it would rest for 20 s after each slice"


def test_a_training_pauses_while_the_queue_is_long() -> None:
    left = [True, True, False]
    engine = PlayedEngine(pictures=0)
    done: list[int] = []
    Turns(engine, 1.0, look=lambda: None, is_crowded=lambda: left.pop(0)).run(lambda: done.append(len(left)))
    assert done == [0]


def test_what_a_training_stands_still_for_is_not_counted_as_work() -> None:
    now, left = [0.0], [True, True, False]

    def is_crowded() -> bool:
        now[0] += 3600
        return left.pop(0)

    def work() -> None:
        now[0] += 2

    clock = WorkClock(lambda: now[0])
    Turns(PlayedEngine(pictures=0), 1.0, lambda: None, is_crowded, clock).run(work)
    assert clock.worked() == 2


def test_a_training_stops_the_clock_of_its_job() -> None:
    with (limit := TimeLimit(60)):
        assert turns(PlayedEngine(pictures=0), 1.0).clock is limit.clock


def test_a_look_is_taken_also_in_a_rest() -> None:
    class Unwanted(Exception):
        pass

    looks: list[int] = []

    def look() -> None:
        looks.append(1)
        if len(looks) > 1:
            raise Unwanted

    with pytest.raises(Unwanted):
        Turns(PlayedEngine(pictures=1), 0.0001, look, lambda: False).run(lambda: time.sleep(0.01))
