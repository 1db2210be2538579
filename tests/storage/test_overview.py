from __future__ import annotations

import json

import redis
import rq

from storage.events import BOT_RESULTS, results_of
from storage.fair import FairQueue
from storage.farm import announce
from storage.overview import overview
from storage.queue import JobQueue, queue_of, training_queue_of
from storage.result_stream import tell_stream
from storage.served import ServedCheckpoint, remember
from storage.share import Share, Urgency
from tests.conftest import a_job
from tests.storage.test_farm import a_card
from tests.storage.test_training import TRAINING


def test_an_empty_farm_is_empty(connection: redis.Redis) -> None:
    now = overview(connection)
    assert (now.workers, now.lines, now.undelivered) == ((), (), 0)


def test_queues_and_workers_are_counted_by_checkpoint(connection: redis.Redis) -> None:
    queue = JobQueue(connection)
    first = a_job()
    queue.enqueue(first)
    queue.enqueue(a_job())
    FairQueue(connection).lines([lane := queue_of("pocket", connection)])
    noted = f"darkroom:fair:{lane.key}:jobs"
    said = json.loads(connection.hget(noted, first.id) or "")
    connection.hset(noted, first.id, json.dumps({**said, "came": said["came"] - 1000}))
    connection.hset(rq.job.Job.key_for(first.id), "enqueued_at", "2020-01-01T00:00:00.000000Z")
    announce(connection, a_card("a", speed=30))
    announce(connection, a_card("b", speed=20))
    remember(connection, ServedCheckpoint(name="unserved", hash="0" * 64, side=64))
    tell_stream(connection, results_of(7))
    for stream in (BOT_RESULTS, results_of(7)):
        connection.xadd(stream, {"result": "{}"})
    pocket, unserved = overview(connection).lines
    assert (pocket.checkpoint, pocket.waiting, pocket.running, pocket.workers) == ("pocket", 2, 0, 2)
    assert pocket.picture_steps_per_second == 50
    assert 1000 <= pocket.oldest_seconds < 2000, "as Redis's clock says, and not that of whoever enqueued it"
    assert (unserved.checkpoint, unserved.waiting, unserved.workers) == ("unserved", 0, 0)
    assert overview(connection).undelivered == 2


def test_what_waits_is_counted_by_urgency_and_by_member_and_trainings_with_it(
    connection: redis.Redis,
) -> None:
    announce(connection, a_card("a", speed=30))
    queue, many = JobQueue(connection), Share(member="many", urgency=Urgency.BULK)
    for share in (many, many, Share(member="one")):
        queue.enqueue(a_job().model_copy(update={"share": share}))
    learning = Share(member="many", urgency=Urgency.TRAINING)
    queue.enqueue(a_job().model_copy(update={"share": learning, "task": TRAINING}))
    FairQueue(connection).lines([lane("pocket", connection) for lane in (queue_of, training_queue_of)])
    queue.enqueue(a_job())  # nobody took note of it yet
    now = overview(connection)
    (pocket,) = now.lines
    assert (pocket.waiting, pocket.running) == (5, 0)
    assert pocket.urgencies == {"interactive": 2, "bulk": 2, "training": 1, "relaxed": 0}
    assert now.members == (("many", 3), ("one", 1))
