"""Queues on a virtual clock: who comes when, who is served with whom, and how long everybody waits.

The clock advances by the seconds that the work takes, and jumps to the next arrival when there is none. So
nothing sleeps, and what a benchmark does between two pieces of work takes no time.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from itertools import count
from random import Random

from PIL import Image

from gpuworker.engine.engine import Engine
from gpuworker.engine.request import Request
from tests.benchmarks.clock import now
from tests.benchmarks.mix import settings_of


@dataclass(frozen=True, eq=False)
class Arrival:
    """A request, and the second at which it comes."""

    at: float
    request: Request


def at_once(requests: Iterable[Request]) -> list[Arrival]:
    """All of them at the beginning: a server under these is saturated."""
    return [Arrival(0.0, request) for request in requests]


def poisson(requests: Iterable[Request], per_second: float, seed: int) -> list[Arrival]:
    """One after another, each at a moment that nothing foretells, so many `per_second` on average."""
    random, clock, arrivals = Random(seed), 0.0, []
    for request in requests:
        clock += random.expovariate(per_second)
        arrivals.append(Arrival(clock, request))
    return arrivals


Choice = Callable[[Sequence[Arrival]], list[Arrival]]
"""Whom of those who wait, in order of arrival, a server takes when it is free."""


def one_by_one(waiting: Sequence[Arrival]) -> list[Arrival]:
    """The first."""
    return [waiting[0]]


def merging(most: int) -> Choice:
    """The first, and with it all others of equal settings, up to `most` together."""

    def take(waiting: Sequence[Arrival]) -> list[Arrival]:
        wanted = settings_of(waiting[0].request)
        return [arrival for arrival in waiting if settings_of(arrival.request) == wanted][:most]

    return take


def latencies(
    arrivals: Iterable[Arrival], choose: Choice, seconds: Callable[[Sequence[Request]], float]
) -> list[float]:
    """From arrival to answer, in order of the answers, under a server that does one batch after another.

    `seconds` is what it takes for a batch.
    """
    coming, waiting, clock = deque(arrivals), list[Arrival](), 0.0
    found = []
    while coming or waiting:
        if not waiting:
            clock = max(clock, coming[0].at)
        while coming and coming[0].at <= clock:
            waiting.append(coming.popleft())
        batch = choose(waiting)
        waiting = [arrival for arrival in waiting if arrival not in batch]
        clock += seconds([arrival.request for arrival in batch])
        found += [clock - arrival.at for arrival in batch]
    return found


@dataclass(frozen=True)
class Played:
    """What an engine made of arrivals, in their order.

    `steps_per_second` counts the picture-steps that it made while others waited for room; 0 if nobody had to.
    """

    pictures: list[Image.Image]
    latencies: list[float]
    steps_per_second: float


def play(
    engine: Engine, arrivals: Iterable[Arrival], pauses: Iterable[Callable[[], None]] = (), every: int = 4
) -> Played:
    """Have an engine, stepped by hand, really render what arrives, all of one checkpoint and size.

    After each `every` steps comes one of the `pauses`, and what is left of them after the last step.
    """
    arrivals = list(arrivals)
    coming, pauses = deque(arrivals), iter(pauses)
    unanswered: dict[Arrival, Future[Image.Image]] = {}
    answers: dict[Arrival, tuple[Image.Image, float]] = {}
    clock, full_steps, full_seconds = 0.0, 0, 0.0
    for step in count(1):
        if not unanswered:
            clock = max(clock, coming[0].at)
        began = now()
        while coming and coming[0].at <= clock:
            arrival = coming.popleft()
            unanswered[arrival] = engine.submit(arrival.request)
        engine.step()
        took = now() - began
        clock += took
        stats = engine.stats()
        if stats.waiting:
            full_steps += stats.running
            full_seconds += took
        for arrival, future in list(unanswered.items()):
            if future.done():
                answers[arrival] = future.result(), clock - arrival.at
                del unanswered[arrival]
        if not coming and not unanswered:
            break
        if step % every == 0:
            next(pauses, lambda: None)()
    for pause in pauses:
        pause()
    pictures, waits = zip(*(answers[arrival] for arrival in arrivals), strict=True)
    return Played(list(pictures), list(waits), full_steps / full_seconds if full_seconds else 0.0)
