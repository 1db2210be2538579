from __future__ import annotations

import time

import pytest
import redis

from storage.fair import FairQueue, Locality
from storage.farm import (
    Largest,
    MeasuredSpeed,
    Outlook,
    Wait,
    WorkerCard,
    announce,
    expected_waits,
    most_pixels_of,
    withdraw,
    workers,
)
from storage.jobs import Job
from storage.queue import JobQueue, queue_of
from storage.running import running_key
from storage.served import ServedCheckpoint, remember, served
from storage.share import Share
from tests.conftest import a_job, imagined


def a_card(name: str = "one", speed: float = 50.0, checkpoint: str = "pocket") -> WorkerCard:
    return WorkerCard(
        name=name,
        checkpoints=(checkpoint,),
        device="cpu",
        seats=8,
        picture_steps_per_second={checkpoint: speed} if speed else {},
        speeds=(speed_of(checkpoint, speed),) if speed else (),
    )


def speed_of(checkpoint: str, steps: float) -> MeasuredSpeed:
    """So many steps a second of pictures as `a_job` asks for."""
    return MeasuredSpeed(checkpoint=checkpoint, megapixel_steps=steps * 128**2 / 1e6)


def expected_wait(connection: redis.Redis, queue: JobQueue, job: Job) -> Wait:
    (wait,) = expected_waits(connection, queue, [job])
    return wait


def test_workers_come_and_go(connection: redis.Redis) -> None:
    assert workers(connection) == []
    announce(connection, a_card("two"))
    announce(connection, a_card("one"))
    assert workers(connection) == [a_card("one"), a_card("two")]
    assert 0 < connection.ttl("darkroom:worker:one") <= 8
    withdraw(connection, "one")
    assert workers(connection) == [a_card("two")]


def test_a_worker_that_fell_silent_is_forgotten(connection: redis.Redis) -> None:
    announce(connection, a_card())
    connection.delete("darkroom:worker:one")
    assert workers(connection) == []
    assert connection.smembers("darkroom:workers") == set()


def test_without_a_worker_nothing_is_promised(connection: redis.Redis) -> None:
    announce(connection, a_card(checkpoint="another"))
    queue, job = JobQueue(connection), a_job()
    queue.enqueue(job)
    wait = expected_wait(connection, queue, job)
    assert (wait.position, wait.seconds, wait.workers) == (1, None, 0)


def test_without_a_measurement_no_time_is_promised(connection: redis.Redis) -> None:
    announce(connection, a_card(speed=0))
    queue, job = JobQueue(connection), a_job()
    queue.enqueue(job)
    wait = expected_wait(connection, queue, job)
    assert (wait.position, wait.seconds, wait.workers) == (1, None, 1)


def one_seat(card: WorkerCard) -> WorkerCard:
    return card.model_copy(update={"seats": 1})


def test_the_wait_is_the_work_ahead_by_the_speed_of_the_farm(connection: redis.Redis) -> None:
    announce(connection, one_seat(a_card("one", 10)))
    queue = JobQueue(connection)
    running, ahead, mine, behind = a_job(steps=20), a_job(pictures=4), a_job(steps=30), a_job(steps=150)
    for job in (running, ahead, mine, behind):
        queue.enqueue(job)
    lane = queue_of("pocket", connection)
    FairQueue(connection).take([lane], Locality())
    connection.zadd(running_key(lane), {f"{running.id}:execution": time.time() + 8})
    wait = expected_wait(connection, queue, mine)
    assert (wait.position, wait.workers) == (2, 1)
    assert wait.seconds == pytest.approx((20 + 40 + 30) / 10, abs=0.5)
    now = expected_wait(connection, queue, running)
    assert now.position is None
    assert now.seconds == pytest.approx(2, abs=0.5)


def test_a_job_that_is_not_there_yet_comes_when_its_member_is_next(connection: redis.Redis) -> None:
    announce(connection, one_seat(a_card(speed=10)))
    queue = JobQueue(connection)
    for _ in range(50):
        queue.enqueue(a_job(steps=20))
    assert expected_wait(connection, queue, a_job(steps=10)).position == 51
    light = a_job(steps=10).model_copy(update={"share": Share(member="light")})
    wait = expected_wait(connection, queue, light)
    assert wait.position is not None
    assert wait.position <= 2
    assert wait.seconds is not None
    assert wait.seconds <= 3.1


def test_of_those_who_come_together_each_comes_after_the_others(connection: redis.Redis) -> None:
    announce(connection, one_seat(a_card("one", 10)))
    queue, there = JobQueue(connection), a_job(steps=10)
    queue.enqueue(there)
    coming = [a_job(steps=20), a_job("another"), a_job(steps=30)]
    found = expected_waits(connection, queue, [coming[0], there, *coming])
    assert [wait.position for wait in found] == [2, 1, 2, 1, 3]
    seconds = [wait.seconds and round(wait.seconds, 6) for wait in found]
    assert seconds == [3.0, 1.0, 3.0, None, 6.0]


def test_many_waits_are_told_at_once(connection: redis.Redis) -> None:
    announce(connection, one_seat(a_card("one", 10)))
    queue = JobQueue(connection)
    jobs = [a_job(steps=10), a_job("another"), a_job(steps=30), a_job(steps=20)]
    for job in jobs:
        queue.enqueue(job)
    found = [
        (wait.position, wait.seconds and round(wait.seconds, 6), wait.workers)
        for wait in Outlook(connection, queue).waits(jobs)
    ]
    assert found == [(1, 1.0, 1), (1, None, 0), (2, 4.0, 1), (3, 6.0, 1)]
    assert Outlook(connection, queue).waits([]) == []


def test_speed_with_passes_between_two_sizes_that_were_measured_is_between_theirs(
    connection: redis.Redis,
) -> None:
    sizes = {0.25: 1.0, 1.0: 4.0}
    speeds = tuple(
        MeasuredSpeed(checkpoint="pocket", megapixel_steps=speed, megapixels=size)
        for size, speed in sizes.items()
    )
    announce(connection, a_card().model_copy(update={"speeds": speeds}))
    took = {}
    for side in (256, 512, 704, 1024, 2048):
        job = a_job(steps=10)
        task = imagined(job).model_copy(update={"width": side, "height": side})
        wait = expected_wait(connection, JobQueue(connection), job.model_copy(update={"task": task}))
        assert wait.seconds is not None
        took[side] = wait.seconds * 1e6 / (10 * side**2)
    assert [round(1 / seconds, 2) for seconds in took.values()] == [1.0, 1.05, 1.98, 4.0, 4.0]


def test_one_look_serves_all_jobs_of_a_checkpoint(connection: redis.Redis) -> None:
    announce(connection, one_seat(a_card("one", 10)))
    queue, jobs = JobQueue(connection), [a_job(steps=10) for _ in range(3)]
    for job in jobs[:2]:
        queue.enqueue(job)
    outlook = Outlook(connection, queue)
    assert [wait.position for wait in outlook.waits(jobs[:1])] == [1]
    queue.enqueue(jobs[2])
    assert [wait.position for wait in outlook.waits(jobs[1:])] == [2, None], "it came after the look"


def test_the_work_of_other_checkpoints_on_the_same_workers_counts(connection: redis.Redis) -> None:
    both = WorkerCard(
        name="one",
        checkpoints=("pocket", "another"),
        device="cpu",
        seats=1,
        speeds=(speed_of("pocket", 10), speed_of("another", 5)),
    )
    announce(connection, both)
    queue, mine = JobQueue(connection), a_job(steps=20)
    queue.enqueue(a_job("another", steps=5))
    queue.enqueue(mine)
    assert expected_wait(connection, queue, mine).seconds == pytest.approx(1 + 2)
    queue.enqueue(a_job("of somebody else", steps=150))
    assert expected_wait(connection, queue, mine).seconds == pytest.approx(1 + 2)


def test_hundreds_of_waiting_jobs_are_counted_quickly(connection: redis.Redis) -> None:
    announce(connection, one_seat(a_card(speed=10)))
    queue = JobQueue(connection)
    for _ in range(300):
        queue.enqueue(a_job(steps=10))
    last = a_job(steps=10)
    queue.enqueue(last)
    took = []
    for _ in range(5):
        began = time.perf_counter()
        wait = expected_wait(connection, queue, last)
        took.append(time.perf_counter() - began)
    assert min(took) < 0.2
    assert wait.position == 301
    assert wait.seconds == pytest.approx(301)


def test_served_checkpoints_stay_known(connection: redis.Redis) -> None:
    pocket = ServedCheckpoint(name="pocket", hash="0" * 64, side=128)
    remember(connection, pocket)
    assert served(connection) == {"pocket": pocket}


def test_the_most_pixels_are_those_of_the_largest_worker_once_all_have_told(connection: redis.Redis) -> None:
    assert most_pixels_of(connection, ["pocket"]) == [None]
    for name, pixels in (("small", 512**2), ("large", 1024**2)):
        announce(
            connection,
            a_card(name).model_copy(update={"largest": (Largest(checkpoint="pocket", pixels=pixels),)}),
        )
    announce(connection, a_card("other", checkpoint="sdxl"))
    assert most_pixels_of(connection, ["pocket", "another"]) == [1024**2, None]
    announce(connection, a_card("older"))
    assert most_pixels_of(connection, ["pocket"]) == [None]
