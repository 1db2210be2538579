"""The plan of a run: which faults come when, drawn from a seed; and the smallest plan that still fails."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What can go wrong."""

    KILL_WORKER = "a worker is killed"
    KILL_BOT = "the bot is killed"
    KILL_REDIS = "Redis is killed"
    PAUSE_WORKER = "a worker stands still"
    PAUSE_REDIS = "Redis stands still"
    CUT = "connections of the workers to Redis are cut half-open"
    FILL_DISK = "the disk under the pictures is full"
    LIMIT = "Discord answers 429"
    BREAK = "Discord answers 502, before or after it did what was asked"
    DEAD_TOKEN = "interaction tokens are dead"
    DROP_GATEWAY = "the gateway is gone"
    STOP_WORKER = "a worker is told to stop"
    STOP_BOT = "the bot is told to stop"
    PAUSE_BOT = "the bot stands still"
    CUT_BOT = "connections of the bot to Redis are cut half-open"


LONGEST_SECONDS = {
    Kind.KILL_WORKER: 2.0,
    Kind.KILL_BOT: 2.0,
    Kind.KILL_REDIS: 2.0,
    Kind.PAUSE_WORKER: 12.0,
    Kind.PAUSE_REDIS: 3.0,
    Kind.CUT: 4.0,
    Kind.FILL_DISK: 2.0,
    Kind.LIMIT: 1.0,
    Kind.BREAK: 1.0,
    Kind.DEAD_TOKEN: 2.0,
    Kind.DROP_GATEWAY: 2.0,
    Kind.STOP_WORKER: 2.0,
    Kind.STOP_BOT: 2.0,
    Kind.PAUSE_BOT: 12.0,
    Kind.CUT_BOT: 4.0,
}
"""For how long each lasts at most, or what it hit stays away."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that goes wrong: when, and for how many seconds; `dice` chooses whom it hits.

    Of what there are several, a worker or a process of the bot, it hits one.
    """

    at: float
    kind: Kind
    seconds: float
    dice: int


def plan_of(seed: int, seconds: float, faults: int) -> list[Fault]:
    """Draw so many faults, of every kind in turn, over so many seconds."""
    chance = random.Random(seed)
    kinds: list[Kind] = []
    while len(kinds) < faults:
        kinds += chance.sample(list(Kind), len(Kind))
    drawn = [
        Fault(
            at=round(chance.uniform(0, seconds), 2),
            kind=kind,
            seconds=round(chance.uniform(0.2, 1.0) * LONGEST_SECONDS[kind], 2),
            dice=chance.randrange(1000),
        )
        for kind in kinds[:faults]
    ]
    return sorted(drawn, key=lambda fault: fault.at)


def clocks_of(seed: int, workers: int) -> list[int]:
    """Draw by how many seconds the clock of each worker is off: one is right."""
    chance = random.Random(seed + 1)
    return [0, *(chance.choice((-300, -20, 20, 300)) for _ in range(workers - 1))]


def shrunk(plan: Sequence[Fault], fails: Callable[[Sequence[Fault]], bool]) -> list[Fault]:
    """Leave out faults as long as it still fails (Zeller's ddmin, 2002); the plan itself has to."""
    smallest, parts = list(plan), 2
    while len(smallest) >= 2:
        size = -(-len(smallest) // parts)
        for start in range(0, len(smallest), size):
            fewer = smallest[:start] + smallest[start + size :]
            if fewer and fails(fewer):
                smallest, parts = fewer, max(parts - 1, 2)
                break
        else:
            if parts >= len(smallest):
                break
            parts = min(2 * parts, len(smallest))
    return smallest
