"""A seat by itself; what it does beside others is in test_seats.py and test_duty.py."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Any

import pytest
import redis
from prometheus_client import REGISTRY

from gpuworker.room import Room
from gpuworker.seat import Seat
from gpuworker.time_limit import TimeLimit, work_clock
from gpuworker.workplace import Workplace
from storage.attempts import Attempts
from storage.events import Finished
from storage.jobs import Job
from storage.queue import JobQueue, queue_of
from storage.share import Share, Urgency
from tests.conftest import a_job
from tests.gpuworker.fake_farm import serving
from tests.gpuworker.jobs import result_of


class Idle:
    def is_free(self) -> bool:
        return True

    def leaves(self, said: Mapping[str, Any], attempts: Attempts) -> bool:
        return False


def test_a_pulse_before_a_seats_birth_does_not_forbid_it(connection: redis.Redis) -> None:
    lanes = [queue_of("pocket", connection)]
    seat = Seat(0, lambda: lanes, connection, stop := threading.Event(), lambda *_: None, Room(stop), Idle())
    seat.beat(connection)
    assert not connection.exists(seat.key)
    seat.bootstrap()
    seat.beat(connection)
    assert connection.ttl(seat.key) > 0


def test_an_express_seat_leaves_a_job_to_seats_that_are_free(connection: redis.Redis) -> None:
    lanes, stop, others_are_taken = [queue_of("pocket", connection)], threading.Event(), threading.Event()
    seat = Seat(
        0,
        lambda: lanes,
        connection,
        stop,
        lambda *_: None,
        Room(stop),
        Idle(),
        express=others_are_taken.is_set,
    )
    seat.bootstrap()
    JobQueue(connection).enqueue(job := a_job())
    with ThreadPoolExecutor(1) as thread:
        found = thread.submit(seat.dequeue_job_and_maintain_ttl, None)
        assert not wait({found}, timeout=1.0).done
        others_are_taken.set()
        taken, _ = found.result(timeout=60)
    assert taken.id == job.id


class Small:
    def is_free(self) -> bool:
        return True

    def leaves(self, said: Mapping[str, Any], attempts: Attempts) -> bool:
        return bool(said["task"]["steps"] > 10)


def test_a_job_that_fits_is_found_behind_many_that_do_not(connection: redis.Redis) -> None:
    lanes, stop, queue = [queue_of("pocket", connection)], threading.Event(), JobQueue(connection)
    seat = Seat(0, lambda: lanes, connection, stop, lambda *_: None, Room(stop), Small())
    seat.bootstrap()
    large = [a_job(steps=20) for _ in range(100)]
    for job in (*large, fitting := a_job()):
        queue.enqueue(job)
    with ThreadPoolExecutor(1) as thread:
        found = thread.submit(seat.dequeue_job_and_maintain_ttl, None)
        wait({found}, timeout=60)
        stop.set()
    taken, _ = found.result()
    assert taken.id == fitting.id
    assert lanes[0].job_ids == [job.id for job in large], "at the front, and in order"


def waits_counted(urgency: str) -> float:
    labels = {"checkpoint": "pocket", "urgency": urgency}
    return REGISTRY.get_sample_value("darkroom_wait_seconds_count", labels) or 0.0


def test_the_wait_of_each_job_is_counted_by_checkpoint_and_class(
    connection: redis.Redis, place: Workplace
) -> None:
    before = {urgency: waits_counted(urgency.name.lower()) for urgency in Urgency}
    jobs = [a_job(steps=1) for _ in range(3)]
    bulk = jobs[1].model_copy(update={"share": Share(member="ada", urgency=Urgency.BULK)})
    relaxed = jobs[2].model_copy(update={"share": Share(member="ben", urgency=Urgency.RELAXED)})
    with serving(place):
        for job in (jobs[0], bulk, relaxed):
            result_of(connection, job)
    counted = {urgency: waits_counted(urgency.name.lower()) - before[urgency] for urgency in Urgency}
    assert counted == {
        Urgency.INTERACTIVE: 1,
        Urgency.BULK: 1,
        Urgency.TRAINING: 0,
        Urgency.RELAXED: 1,
    }


def test_a_job_that_stands_still_for_longer_than_it_may_work_is_done(
    connection: redis.Redis, place: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    up, handle = threading.Event(), TimeLimit.handle_death_penalty

    def heard(limit: TimeLimit) -> None:
        handle(limit)
        up.set()

    def stand_still(job: Job, _: Workplace) -> Finished:
        with work_clock().stopped():
            assert up.wait(60)
        return Finished(job_id=job.id, seconds=0.0)

    monkeypatch.setattr(TimeLimit, "handle_death_penalty", heard)
    monkeypatch.setattr("gpuworker.worker._result_of", stand_still)
    monkeypatch.setattr("storage.queue.JOB_TIMEOUT", 1)
    with serving(place):
        assert isinstance(result_of(connection, a_job()), Finished)
