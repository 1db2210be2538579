"""What a worker has at hand."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pytest
import redis

from gpuworker.affinity import Affinity
from storage.events import Finished, wait_result
from storage.queue import JobQueue, name_of_queue
from tests.conftest import a_job
from tests.gpuworker.fake_farm import a_workplace, serving
from tests.gpuworker.swapping_engine import SlowStore, SwappingEngine

SERVED = ("red", "green", "blue")


@dataclass
class Store:
    """Has room for so many checkpoints."""

    room: int = 1
    loaded: frozenset[str] = frozenset()
    turn_ended: bool = True
    loading_seconds: float = 4.0

    def has_room_for(self, names: Iterable[str]) -> bool:
        return len(self.loaded.union(names)) <= self.room

    def had_its_turn(self, name: str) -> bool:
        return self.turn_ended


@dataclass
class Clock:
    now: float = 100.0

    def __call__(self) -> float:
        return self.now


def queues(*names: str) -> set[str]:
    return {name_of_queue(name) for name in names}


def test_what_is_loaded_and_served_is_at_hand_and_the_rest_would_displace_it() -> None:
    store = Store(loaded=frozenset({"red", "no longer served"}), room=2)
    told = Affinity("one", store).locality(SERVED, queues("red"))
    assert (told.worker, told.loading, told.may, told.idle) == ("one", 4.0, True, False)
    assert (told.at_hand, told.displace) == (queues("red"), queues("green", "blue"))


def test_where_there_is_room_nothing_is_displaced() -> None:
    told = Affinity("one", Store(loaded=frozenset({"red"}), room=3)).locality(SERVED, queues("red", "green"))
    assert (told.at_hand, told.displace) == (queues("red", "green"), set())


def test_seats_follow_the_one_that_took_a_job_of_another_checkpoint() -> None:
    told = Affinity("one", Store(loaded=frozenset({"red"}))).locality(SERVED, queues("red", "green"))
    assert (told.at_hand, told.displace, told.may) == (queues("green"), queues("red", "blue"), False)


def test_a_checkpoint_stays_until_it_had_its_turn() -> None:
    store = Store(loaded=frozenset({"red"}), turn_ended=False)
    assert not Affinity("one", store).locality(SERVED, queues("red")).may


def test_a_worker_is_idle_when_it_has_had_nothing_to_do_for_a_while() -> None:
    clock = Clock()
    affinity = Affinity("one", Store(loaded=frozenset({"red"})), clock)
    assert affinity.locality(SERVED, ()).idle
    assert not affinity.locality(SERVED, queues("red")).idle
    clock.now += 0.9
    assert not affinity.locality(SERVED, ()).idle
    clock.now += 0.2
    assert affinity.locality(SERVED, ()).idle
    assert affinity.locality(SERVED, {"training:red"}).idle


@pytest.mark.slow
def test_what_is_asked_for_in_turn_is_loaded_once(
    connection: redis.Redis, redis_address: str, tmp_path: Path
) -> None:
    """Each of the seats took what came next, and the engine loaded one after the other."""
    store = SlowStore(SERVED, 1, 0.3)
    place = a_workplace(tmp_path, redis_address, engine=SwappingEngine(store, 0.01, 0.001), checkpoints=store)
    jobs = [a_job(SERVED[number % 3], steps=4) for number in range(30)]
    for job in jobs:
        JobQueue(connection).enqueue(job)
    with serving(place, *SERVED):
        results = [wait_result(connection, job.reply_to, 60) for job in jobs]
    assert all(isinstance(result, Finished) for result in results)
    assert sorted(store.loads) == sorted(SERVED)
