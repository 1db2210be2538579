"""What dead workers left comes back, once."""

from __future__ import annotations

import pytest
import redis
import rq

from gpuworker import rescue, seat, seats
from gpuworker.workplace import Workplace
from storage.events import Finished, wait_result
from storage.queue import JobQueue, queue_of
from tests.conftest import a_job
from tests.gpuworker.fake_farm import fake_engine, serving, until


def test_a_job_taken_by_a_worker_that_died_at_once_comes_back(
    connection: redis.Redis, place: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rescue, "TTL_SECONDS", 1)
    monkeypatch.setattr(seats, "PULSE_SECONDS", 0.3)
    job, lane = a_job(), queue_of("pocket", connection)
    JobQueue(connection).enqueue(job)
    connection.lmove(lane.key, lane.intermediate_queue_key)
    with serving(place):
        assert isinstance(wait_result(connection, job.reply_to, 120), Finished)
        until(lambda: connection.llen(lane.intermediate_queue_key) == 0)


def test_a_rescuer_that_took_too_long_leaves_the_lock_of_the_next_one(
    connection: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    lane = queue_of("pocket", connection)

    def slow(_: rq.Queue) -> None:
        connection.set(lane.registry_cleaning_key, "the next one")

    monkeypatch.setattr(rescue, "clean_worker_registry", slow)
    rescue.rescue(lane)
    assert connection.get(lane.registry_cleaning_key) == b"the next one"
    connection.delete(lane.registry_cleaning_key)
    monkeypatch.undo()
    rescue.rescue(lane)
    assert not connection.exists(lane.registry_cleaning_key)


def test_a_job_that_a_seat_began_in_between_is_not_pushed_as_well(
    connection: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    job, lane = a_job(), queue_of("pocket", connection)
    JobQueue(connection).enqueue(job)
    connection.lmove(lane.key, lane.intermediate_queue_key)

    def begun_now(*_: object) -> bool:
        connection.lrem(lane.intermediate_queue_key, 1, job.id)
        return True

    monkeypatch.setattr(rescue, "_is_stuck", begun_now)
    rescue.rescue(lane)
    assert lane.job_ids == []


def test_nobody_is_rescued_from_a_seat_that_could_not_be_heard(
    connection: redis.Redis, place: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when Redis is back after a while, and answers the rescue but not yet the heartbeats."""
    monkeypatch.setattr(rescue, "TTL_SECONDS", 1)
    monkeypatch.setattr(seat, "TTL_SECONDS", 1)
    monkeypatch.setattr(seats, "PULSE_SECONDS", 0.2)
    beat = seat.Seat.beat

    def silent(self: seat.Seat, quick: redis.Redis) -> None:
        if self.job is not None:
            raise redis.TimeoutError("not yet")
        beat(self, quick)

    monkeypatch.setattr(seat.Seat, "beat", silent)
    job = a_job(steps=150)
    with serving(place):
        JobQueue(connection).enqueue(job)
        result = wait_result(connection, job.reply_to, 120)
    assert isinstance(result, Finished)
    assert len(fake_engine(place).rendered) == 1
