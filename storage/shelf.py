"""The checkpoints that a worker has at hand, while the farm is played ahead."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from math import inf

OVERDUE = 10.0
"""A job may wait so many times as long as loading takes before its checkpoint displaces one in use."""
IDLE = 0.25
"""A worker that had nothing to do for this share of what loading takes may load whatever is asked for."""
TURN = 6.0
"""How long a checkpoint stays before it makes way, as a multiple of the time that it took to load."""
_HELD, _HELD_IDLE = 1.0, 2.0
"""How long what another worker has at hand is left to it; the latter, where it would displace something."""
_BUSY_IDLE = 4.0
"""How long an idle worker keeps what will be asked for again within the time that loading takes."""


@dataclass(slots=True)
class Shelf:
    """What is `loaded`, what was used last at the end, and what would displace one of those.

    Loading takes so many seconds. How long a worker leaves alone what it has not at hand is fair.lua's rule;
    when it did so before the farm was looked at is not known.
    """

    loaded: list[str]
    displaces: set[str]
    loading: float
    _ready: dict[str, float] = field(default_factory=dict)

    @property
    def patiences(self) -> tuple[float, ...]:
        """Give the seconds of waiting after which a worker may think otherwise about a queue."""
        return tuple(self.loading * times for times in (_HELD, _HELD_IDLE, _BUSY_IDLE, OVERDUE))

    @property
    def turn_ends(self) -> float:
        """Say from which moment on something may be displaced that is in use."""
        return min((self._ready.get(name, -inf) for name in self.loaded), default=-inf) + self.loading * TURN

    def patience(
        self, queue: str, now: float, *, held: bool, idle: bool, demand: Mapping[str, float]
    ) -> float:
        """Say how long this worker, `idle` or not, leaves a queue alone, which another may have `held`.

        `demand` is how many jobs a second come for each queue.
        """
        if queue in self.loaded:
            return 0.0
        if queue not in self.displaces:
            return self.loading * _HELD * held
        if idle:
            busy = any(demand.get(name, 0.0) * self.loading >= 1 for name in self.loaded)
            return self.loading * (_BUSY_IDLE if busy else _HELD_IDLE * held)
        return self.loading * OVERDUE if now >= self.turn_ends else inf

    def take(self, queue: str, in_use: Collection[str], now: float, rest: float) -> float:
        """Have a checkpoint at hand from now on; give the moment from which it is.

        What makes room for it is the least recently used one, after a `rest` of seconds if all are in use.
        """
        if queue not in self.loaded:
            idle = [name for name in self.loaded if name not in in_use]
            if queue in self.displaces and self.loaded:
                dropped = (idle or self.loaded)[0]
                self.loaded.remove(dropped)
                self.displaces.add(dropped)
                now += 0.0 if idle else rest
            self._ready[queue] = now + self.loading
            self.displaces.discard(queue)
        else:
            self.loaded.remove(queue)
        self.loaded.append(queue)
        return max(now, self._ready.get(queue, now))
