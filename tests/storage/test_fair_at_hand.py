"""Which checkpoints a worker has at hand, and what is left to others for that, in the fair order."""

from __future__ import annotations

import time
from typing import Any

import pytest
import redis

from storage.fair import FairQueue, Locality
from storage.queue import name_of_queue, queue_of
from tests.storage.test_fair import enqueue, job_of, take


def at(*checkpoints: str, **stands: Any) -> Locality:
    """Worker `one` with these at hand, for which `rare` would have to make room."""
    usual: dict[str, Any] = {"worker": "one", "displace": {name_of_queue("rare")}, "loading": 0.02}
    return Locality(at_hand=set(map(name_of_queue, checkpoints)), **usual | stands)


def test_what_is_at_hand_comes_first_but_not_for_ever_also_of_one_member(connection: redis.Redis) -> None:
    """Whoever went on asking for a loaded checkpoint waited for ever for a picture of another one."""
    rare = job_of("ada", checkpoint="rare")
    enqueue(connection, rare, *[job_of("ada") for _ in range(30)])
    patient = [take(connection, "rare", "pocket", locality=at("pocket", loading=60)) for _ in range(10)]
    assert rare.id not in patient
    time.sleep(0.3)
    assert take(connection, "rare", "pocket", locality=at("pocket", may=False)) != rare.id
    assert take(connection, "rare", "pocket", locality=at("pocket")) == rare.id


def test_an_idle_worker_takes_what_nobody_has_at_hand_at_once(connection: redis.Redis) -> None:
    rare = job_of("ada", checkpoint="rare")
    enqueue(connection, rare)
    assert take(connection, "rare", "pocket", locality=at("pocket", loading=60)) is None
    assert take(connection, "rare", "pocket", locality=at("pocket", loading=60, idle=True)) == rare.id


@pytest.mark.parametrize(("others", "loads_at_once"), [(1, True), (90, False)])
def test_an_idle_worker_keeps_for_a_while_what_will_be_asked_for_again_at_once(
    connection: redis.Redis, others: int, loads_at_once: bool
) -> None:
    """Each moment without work displaced what was asked for most, which then had to be loaded again."""
    rare = job_of("ada", checkpoint="rare")
    enqueue(connection, *[job_of("ben") for _ in range(others)])
    while take(connection, "pocket") is not None:
        pass
    time.sleep(1.1)
    enqueue(connection, rare)
    loading = 0.2  # of 90 that came in the last second, 18 come meanwhile
    taken = take(connection, "rare", "pocket", locality=at("pocket", loading=loading, idle=True))
    assert (taken == rare.id) is loads_at_once
    time.sleep(4 * loading)
    if not loads_at_once:
        assert (
            take(connection, "rare", "pocket", locality=at("pocket", loading=loading, idle=True)) == rare.id
        )


@pytest.mark.parametrize("room", [False, True])
def test_what_another_worker_has_at_hand_is_left_to_it_for_a_while(
    connection: redis.Redis, room: bool
) -> None:
    take(connection, "rare", "pocket", locality=at("rare", worker="two"))
    rare = job_of("ada", checkpoint="rare")
    enqueue(connection, rare)
    me = {"idle": True, "displace": () if room else {name_of_queue("rare")}}
    assert take(connection, "rare", "pocket", locality=at("pocket", loading=60, **me)) is None
    time.sleep(0.25)
    assert take(connection, "rare", "pocket", locality=at("pocket", loading=0.05, **me)) == rare.id


@pytest.mark.parametrize("how", ["gave it up", "died"])
def test_what_another_worker_had_at_hand_is_not_left_to_it_for_ever(
    connection: redis.Redis, how: str
) -> None:
    take(connection, "rare", "pocket", locality=at("rare", worker="two"))
    if how == "gave it up":
        take(connection, "rare", "pocket", locality=at("pocket", worker="two"))
    else:
        time.sleep(0.6)
    rare = job_of("ada", checkpoint="rare")
    enqueue(connection, rare)
    assert take(connection, "rare", "pocket", locality=at(loading=0.5, idle=True)) == rare.id


def test_the_worker_whose_checkpoint_is_asked_for_least_gives_it_up(connection: redis.Redis) -> None:
    enqueue(connection, *[job_of("ada") for _ in range(20)], job_of("ben", checkpoint="seldom"))
    names, rare = ("pocket", "seldom", "rare"), job_of("ada", checkpoint="rare")
    while take(connection, "pocket", "seldom") is not None:
        pass
    one, two = (at(name, worker=name, loading=60, idle=True) for name in ("pocket", "seldom"))
    assert take(connection, *names, locality=one) is take(connection, *names, locality=two) is None
    enqueue(connection, rare)
    assert take(connection, *names, locality=one) is None
    assert take(connection, *names, locality=two) == rare.id


def test_what_an_earlier_version_lined_up_is_not_left_for_ever(connection: redis.Redis) -> None:
    rare = job_of("ada", checkpoint="rare")
    enqueue(connection, rare)
    FairQueue(connection).lines([queue_of("rare", connection)])
    connection.delete(f"darkroom:fair:{queue_of('rare', connection).key}:came:0")
    assert take(connection, "rare", "pocket", locality=at("pocket", loading=60)) == rare.id
