"""What a worker tells of itself while it works."""

from __future__ import annotations

from pathlib import Path

import pytest
import redis

from gpuworker.workplace import Workplace
from storage.events import Finished
from storage.farm import workers
from storage.queue import JobQueue
from storage.served import served
from tests.conftest import a_job
from tests.gpuworker import fake_farm
from tests.gpuworker.fake_farm import a_workplace, serving, until
from tests.gpuworker.jobs import result_of
from tests.gpuworker.swapping_engine import SlowStore, SwappingEngine


def test_a_worker_announces_and_withdraws_itself(connection: redis.Redis, place: Workplace) -> None:
    with serving(place, "pocket", "another"):
        until(lambda: [card.checkpoints for card in workers(connection)] == [("pocket", "another")])
        (card,) = workers(connection)
        assert (card.name, card.device, card.seats) == (place.name, "cpu", 4)
        assert card.picture_steps_per_second == {"pocket": 50.0}
        assert set(served(connection)) == {"pocket", "another"}
    assert workers(connection) == []


@pytest.mark.slow
def test_a_worker_tells_how_many_pictures_it_renders(
    connection: redis.Redis, place: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fake_farm, "STEP_SECONDS", 0.2)
    with serving(place):
        JobQueue(connection).enqueue(a_job(steps=60, pictures=3))
        until(lambda: [card.batch for card in workers(connection)] == [3])


def test_a_worker_tells_what_it_has_at_hand_and_what_loading_costs(
    connection: redis.Redis, tmp_path: Path, redis_address: str
) -> None:
    store = SlowStore(("busy", "rare"), room=1, seconds=0.3)
    engine = SwappingEngine(store, 0.01, 0.01)
    place = a_workplace(tmp_path, redis_address, seats=4, engine=engine, checkpoints=store)
    with serving(place, "busy", "rare"):
        until(lambda: [card.loaded for card in workers(connection)] == [()])
        assert isinstance(result_of(connection, a_job("rare")), Finished)
        until(lambda: [card.loaded for card in workers(connection)] == [("rare",)])
        (card,) = workers(connection)
        assert card.displacing == ("busy",)
        assert card.loading == pytest.approx(0.3, abs=2.0)


def test_a_redis_that_comes_back_empty_is_told_again_what_is_served(
    connection: redis.Redis, place: Workplace
) -> None:
    with serving(place, "pocket", "another"):
        until(lambda: set(served(connection)) == {"pocket", "another"})
        connection.flushall()
        until(lambda: set(served(connection)) == {"pocket", "another"})
        connection.hdel("darkroom:checkpoints", "another")
        until(lambda: set(served(connection)) == {"pocket", "another"})
        assert isinstance(result_of(connection, a_job()), Finished)
