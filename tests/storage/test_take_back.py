"""A job that its worker left comes back once, to the front, and its worker's death is counted."""

from __future__ import annotations

from typing import Any

import pytest
import redis
import rq

from storage.attempts import attempts_at, begin
from storage.events import Cancelled, publish_result
from storage.jobs import Job
from storage.queue import JobQueue, queue_of
from storage.running import redis_now, running_key
from storage.take_back import take_back, take_back_untaken
from tests.conftest import a_job


@pytest.fixture
def lane(connection: redis.Redis) -> rq.Queue:
    return queue_of("pocket", connection)


def running(lane: rq.Queue, seconds: int, begun: bool = True) -> tuple[Job, bytes]:
    """A job that an execution has, whose sign of life is good for so many seconds."""
    job, connection = a_job(), lane.connection
    JobQueue(connection).enqueue(job)
    connection.lrem(lane.key, 1, job.id)
    connection.zadd(running_key(lane), {f"{job.id}:one": redis_now(connection) + seconds})
    if begun:
        begin(connection, job.id, "one")
    return job, f"{job.id}:one".encode()


def deaths(lane: rq.Queue, job: Job) -> int:
    return attempts_at(lane.connection, job.id).deaths


def test_a_silent_one_comes_back_once_and_before_the_others(lane: rq.Queue) -> None:
    job, entry = running(lane, -1)
    other = a_job()
    JobQueue(lane.connection).enqueue(other)
    assert take_back(lane, entry)
    assert not take_back(lane, entry)
    assert lane.job_ids == [job.id, other.id]
    assert deaths(lane, job) == 1
    assert lane.connection.hget(rq.job.Job.key_for(job.id), "status") == b"queued"


def test_a_living_one_stays_unless_its_own_seat_gives_it_back(lane: rq.Queue) -> None:
    job, entry = running(lane, 5)
    assert not take_back(lane, entry)
    assert lane.job_ids == []
    assert take_back(lane, entry, at_once=True)
    assert (lane.job_ids, deaths(lane, job)) == ([job.id], 0), "its worker lives"


def test_one_that_had_not_begun_is_not_blamed(lane: rq.Queue) -> None:
    job, entry = running(lane, -1, begun=False)
    lane.connection.rpush(lane.intermediate_queue_key, job.id)
    assert take_back(lane, entry)
    assert (lane.job_ids, deaths(lane, job)) == ([job.id], 0)
    assert not lane.connection.llen(lane.intermediate_queue_key), "or it would come back twice"


@pytest.mark.parametrize("where", ["done", "elsewhere", "in the queue"])
def test_one_that_needs_no_further_attempt_is_not_enqueued(lane: rq.Queue, where: str) -> None:
    job, entry = running(lane, -1)
    waiting: list[Any] = []
    match where:
        case "done":
            publish_result(lane.connection, job, Cancelled(job_id=job.id))
            begin(lane.connection, job.id, "one")
        case "elsewhere":
            lane.connection.zadd(running_key(lane), {f"{job.id}:two": redis_now(lane.connection) + 5})
        case "in the queue":
            lane.connection.rpush(lane.key, job.id)
            waiting = [job.id]
    assert take_back(lane, entry)
    assert lane.job_ids == waiting
    assert deaths(lane, job) == (0 if where == "done" else 1)


def test_one_whose_worker_died_with_it_in_hand_counts_as_well(lane: rq.Queue) -> None:
    job = a_job()
    JobQueue(lane.connection).enqueue(job)
    lane.connection.lmove(lane.key, lane.intermediate_queue_key)
    assert take_back_untaken(lane, job.id)
    assert not take_back_untaken(lane, job.id)
    assert (lane.job_ids, deaths(lane, job)) == ([job.id], 1)
