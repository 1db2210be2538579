"""Which checkpoints a worker has at hand, and which would displace one of them, before it takes a job."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable
from typing import Protocol

from storage.fair import Locality
from storage.queue import name_of_queue
from storage.shelf import IDLE


class Store(Protocol):
    """What is asked of the store of checkpoints."""

    @property
    def loaded(self) -> frozenset[str]:
        """Give the names of the checkpoints that are in memory."""

    @property
    def loading_seconds(self) -> float:
        """Say what loading one takes, about."""

    def has_room_for(self, names: Iterable[str]) -> bool:
        """Tell whether these could be loaded without dropping another one."""

    def had_its_turn(self, name: str) -> bool:
        """Tell whether a checkpoint has been loaded for long enough that loading it was worth while."""


class Affinity:
    """Has the seats of a worker follow each other: where one has taken a job, the others look first.

    Seats that took jobs of several checkpoints at once would have the engine load them in turn, each for the
    few jobs that happened to be taken. `worker` is its name on the farm.
    """

    def __init__(self, worker: str, store: Store, clock: Callable[[], float] = time.monotonic) -> None:
        self._worker, self._store, self._clock = worker, store, clock
        self._idle_since = -float("inf")

    def locality(self, served: Collection[str], in_hand: Collection[str]) -> Locality:
        """Say how the checkpoints stand that are `served`, when seats have jobs of these queues in hand."""
        loaded, loading = self._store.loaded.intersection(served), self._store.loading_seconds
        used = {name for name in served if name_of_queue(name) in in_hand}  # trainings leave room for others
        awaited, now = used - loaded, self._clock()
        if used:
            self._idle_since = now
        at_hand = awaited | loaded if self._store.has_room_for(awaited) else awaited
        displace = [
            name for name in served if name not in at_hand and not self._store.has_room_for({*awaited, name})
        ]
        return Locality(
            self._worker,
            at_hand={name_of_queue(name) for name in at_hand},
            displace={name_of_queue(name) for name in displace},
            may=not awaited and any(map(self._store.had_its_turn, loaded)),
            idle=now - self._idle_since >= IDLE * loading,
            loading=loading,
        )
