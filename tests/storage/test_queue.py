from __future__ import annotations

import json
import subprocess
import sys
import threading
from pathlib import Path

import redis
import rq
from hypothesis import given
from hypothesis import strategies as st

from moderation.policy import NSFW, SFW
from storage.connection import connect
from storage.events import Cancelled, publish_result
from storage.jobs import Imagine, Job
from storage.manner import Manner
from storage.noise import MAX_SEED, Noise, Variation
from storage.queue import JobQueue, JobState, queue_of, training_queue_of
from storage.queued_job import ENTRY_POINT
from storage.samplers import Sampler
from storage.training import Caption, Example, Train
from tests.conftest import a_job
from tests.storage.redis_servers import a_server

seeds = st.integers(0, MAX_SEED)
noises = st.builds(
    Noise,
    seed=seeds,
    variations=st.lists(st.builds(Variation, seed=seeds, strength=st.floats(0.01, 1)), max_size=3).map(tuple),
)
tasks = st.builds(
    Imagine,
    prompt=st.text(min_size=1, max_size=200),
    negative_prompt=st.text(max_size=200),
    width=st.integers(8, 256).map(lambda side: 8 * side),
    height=st.integers(8, 256).map(lambda side: 8 * side),
    steps=st.integers(1, 150),
    sampler=st.sampled_from(Sampler),
    guidance_scale=st.floats(1, 30),
    noises=st.lists(noises, min_size=1, max_size=4).map(tuple),
)
jobs = st.builds(
    Job, checkpoint=st.text(), policy=st.sampled_from([SFW, NSFW]), reply_to=st.text(), task=tasks
)


@given(jobs)
def test_a_job_is_the_same_after_its_journey(job: Job) -> None:
    assert Job.model_validate_json(job.model_dump_json()) == job
    # RQ's serializer is json.dumps on what it is given.
    assert Job.model_validate(json.loads(json.dumps(job.model_dump(mode="json")))) == job


def test_how_a_result_is_handed_over_is_no_business_of_workers(connection: redis.Redis) -> None:
    examples = tuple(Example(image=digit * 64) for digit in "abc")
    asked = Caption(training=Train(word="zorp", examples=examples, seed=1), manner=Manner.PRIVATE)
    JobQueue(connection).enqueue(job := a_job().model_copy(update={"task": asked}))
    (queued,) = queue_of("pocket", connection).get_jobs()
    assert Manner.PRIVATE not in json.dumps(queued.args)
    assert job.id in json.dumps(queued.args)


def test_enqueued_jobs_stand_in_line(connection: redis.Redis) -> None:
    queue, first, second, other = JobQueue(connection), a_job(), a_job(), a_job("another")
    for job in (first, second, other):
        queue.enqueue(job)
    assert queue_of("pocket", connection).job_ids == [first.id, second.id]
    assert queue_of("another", connection).job_ids == [other.id]
    assert queue.state(second.id) is JobState.WAITING


def test_what_travels_is_json_and_names_the_entry_point(connection: redis.Redis) -> None:
    job = a_job()
    JobQueue(connection).enqueue(job)
    travelling = queue_of("pocket", connection).jobs[0]
    assert travelling.func_name == ENTRY_POINT
    assert Job.model_validate(travelling.args[0]) == job
    assert travelling.retries_left == 3
    assert b"\x80\x04" not in travelling.data, "no pickle"


def test_enqueuing_twice_leaves_one(connection: redis.Redis) -> None:
    queue, job = JobQueue(connection), a_job()
    together = threading.Barrier(16)

    def enqueue() -> None:
        together.wait(60)
        for _ in range(10):
            queue.enqueue(job)

    threads = [threading.Thread(target=enqueue) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert queue_of("pocket", connection).job_ids == [job.id]


def test_a_job_that_failed_for_good_is_not_enqueued_again(connection: redis.Redis) -> None:
    queue, job = JobQueue(connection), a_job()
    queue.enqueue(job)
    connection.delete(queue_of("pocket", connection).key)
    connection.hset(rq.job.Job.key_for(job.id), "status", "failed")
    queue.enqueue(job)
    assert queue.state(job.id) is JobState.FAILED


def test_a_running_job_is_not_enqueued_again(connection: redis.Redis) -> None:
    queue, job, lane = JobQueue(connection), a_job(), queue_of("pocket", connection)
    queue.enqueue(job)
    connection.lmove(lane.key, lane.intermediate_queue_key)
    queue.enqueue(job)
    connection.zadd(f"rq:wip:{lane.name}", {f"{job.id}:execution": 1})
    connection.delete(lane.intermediate_queue_key)
    queue.enqueue(job)
    assert lane.job_ids == []
    assert queue.state(job.id) is JobState.RUNNING


def test_a_job_whose_hash_alone_is_left_is_enqueued_again(connection: redis.Redis) -> None:
    queue, job = JobQueue(connection), a_job()
    queue.enqueue(job)
    connection.delete(queue_of("pocket", connection).key)
    assert queue.state(job.id) is JobState.UNKNOWN
    queue.enqueue(job)
    assert queue_of("pocket", connection).job_ids == [job.id]


def test_a_job_that_is_over_is_not_enqueued_again(connection: redis.Redis) -> None:
    queue, job = JobQueue(connection), a_job()
    publish_result(connection, job, Cancelled(job_id=job.id))
    assert queue.state(job.id) is JobState.FINISHED
    queue.enqueue(job)
    assert queue_of("pocket", connection).job_ids == []


def test_a_job_whose_result_was_lost_is_brought_back_once(connection: redis.Redis) -> None:
    queue, job = JobQueue(connection), a_job()
    for again in (True, False):
        publish_result(connection, job, Cancelled(job_id=job.id))
        assert queue.bring_back(job) is again
        assert queue_of("pocket", connection).job_ids == [job.id]
    assert queue.state(job.id) is JobState.FINISHED


def test_cancelling_a_waiting_job_takes_it_out(connection: redis.Redis) -> None:
    queue, job, next_job = JobQueue(connection), a_job(), a_job()
    queue.enqueue(job)
    queue.enqueue(next_job)
    assert queue.cancel(job) is True
    assert queue.state(job.id) is JobState.UNKNOWN
    assert not queue.is_cancelled(job.id)
    assert queue_of("pocket", connection).job_ids == [next_job.id]
    assert connection.keys(f"*{job.id}*") == []


def test_cancelling_a_running_job_leaves_word_for_its_worker(connection: redis.Redis) -> None:
    queue, job = JobQueue(connection), a_job()
    queue.enqueue(job)
    lane = queue_of("pocket", connection)
    connection.lmove(lane.key, lane.intermediate_queue_key)
    assert queue.state(job.id) is JobState.WAITING, "a seat has it in hand"
    connection.zadd(f"rq:wip:{lane.name}", {f"{job.id}:execution": 1})
    assert queue.state(job.id) is JobState.RUNNING
    assert not queue.is_cancelled(job.id)
    assert queue.cancel(job) is False
    assert queue.is_cancelled(job.id)
    assert connection.ttl(f"darkroom:cancel:{job.id}") > 0


def test_a_job_that_rq_gave_up_is_failed(connection: redis.Redis) -> None:
    queue, job = JobQueue(connection), a_job()
    queue.enqueue(job)
    connection.delete(queue_of("pocket", connection).key)
    rq.job.Job.fetch(job.id, connection, serializer="json").set_status(rq.job.JobStatus.FAILED)
    assert queue.state(job.id) is JobState.FAILED


def test_an_unheard_of_job_is_unknown(connection: redis.Redis) -> None:
    assert JobQueue(connection).state("0123456789abcdef") is JobState.UNKNOWN


def test_a_training_waits_in_a_line_of_its_own(connection: redis.Redis) -> None:
    examples = tuple(Example(image=f"{number}" * 64) for number in range(3))
    job = a_job().model_copy(update={"task": Train(word="zorp", examples=examples, seed=1)})
    queue = JobQueue(connection)
    queue.enqueue(job)
    assert queue.length("pocket") == 0
    assert training_queue_of("pocket", connection).job_ids == [job.id]
    assert queue.state(job.id) is JobState.WAITING
    assert queue.cancel(job)
    assert training_queue_of("pocket", connection).job_ids == []
    queue.enqueue(a_job())
    assert queue.length("pocket") == 1


def test_rqs_own_commands_see_the_queue_and_empty_it() -> None:
    with a_server() as port, connect(address := f"redis://localhost:{port}/0") as server:
        queue = JobQueue(server)
        jobs = [a_job(), a_job()]
        for job in jobs:
            queue.enqueue(job)
        queue.lines(["pocket"])
        assert "queue checkpoint:pocket 2," in rq_says("info", "--url", address, "--raw")
        assert "2 jobs removed" in rq_says("empty", "--url", address, "checkpoint:pocket")
        assert queue.lines(["pocket"])["pocket"].waiting == []
        assert [queue.state(job.id) for job in jobs] == [JobState.UNKNOWN] * 2, "the bot enqueues them again"


def rq_says(*command: str) -> str:
    """What rq's own command line answers."""
    program = Path(sys.executable).with_name("rq")
    return subprocess.run([program, *command], capture_output=True, text=True, check=True).stdout
