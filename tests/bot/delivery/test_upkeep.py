"""What falls off on the way is found and brought back, and nothing else is touched."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import redis
import rq
from pydantic import SecretStr

from bot.delivery.upkeep import Upkeep
from bot.studio import Studio, open_studio
from storage.events import (
    Cancelled,
    Failed,
    Finished,
    publish_result,
    result_key,
    results_of,
)
from storage.farm import Wait, store_of_bot
from storage.jobs import Job
from storage.queue import JobQueue, JobState, queue_of
from storage.records.jobs import JobRecord, JobRecords
from storage.redis_trouble import Trouble
from storage.result_stream import jobs_on_their_way
from storage.settings import BotSettings
from storage.shards import Shards
from tests.bot.delivery.conftest import recorded
from tests.conftest import a_job
from tests.storage.conftest import an_origin, undelivered

RESULTS = results_of(7)
"""The stream of this bot."""


class Board:
    """Notes what is to be shown."""

    def __init__(self) -> None:
        self.shown: dict[str, Wait | Trouble] = {}

    def wait(self, record: JobRecord, wait: Wait | Trouble) -> None:
        self.shown[record.job.id] = wait


@pytest.fixture
def board() -> Board:
    return Board()


@pytest.fixture
async def studio(
    redis_address: str, connection: redis.Redis, tmp_path: Path, bot_database: SecretStr
) -> AsyncIterator[Studio]:
    """The bot's own, with an empty Redis and empty records."""
    settings = BotSettings(home=tmp_path / "home", redis_url=redis_address, database_url=bot_database)
    async with open_studio(settings) as opened:
        yield opened


@pytest.fixture
def records(studio: Studio) -> JobRecords:
    return studio.jobs


@pytest.fixture
def queue(studio: Studio) -> JobQueue:
    return studio.queue


@pytest.fixture
def upkeep(studio: Studio, board: Board) -> Upkeep:
    client: Any = SimpleNamespace(studio=studio, results=RESULTS, application_id=7)
    shown: Any = board
    return Upkeep(client, shown)


def an_old_job() -> Job:
    """One that has had time to reach the queue."""
    long_ago = datetime.now(UTC) - timedelta(minutes=1)
    return a_job(reply_to=RESULTS).model_copy(update={"created_at": long_ago})


def taken(connection: redis.Redis, job: Job) -> None:
    """Take the job out of its queue, as a seat does."""
    queue_of(job.checkpoint, connection).remove(job.id)
    connection.delete(rq.job.Job.key_for(job.id))


def done_and_lost(connection: redis.Redis, job: Job) -> None:
    """Publish a result that leaves the stream before the records know it."""
    taken(connection, job)
    assert publish_result(connection, job, Finished(job_id=job.id, seconds=1.0))
    connection.xtrim(RESULTS, maxlen=0, approximate=False)


async def test_waiting_jobs_are_shown_in_their_places(
    records: JobRecords, queue: JobQueue, upkeep: Upkeep, board: Board
) -> None:
    jobs = [a_job(), a_job()]
    for job in jobs:
        await recorded(records, job)
        queue.enqueue(job)
    await upkeep.round()
    places = {job_id: wait.position for job_id, wait in board.shown.items() if isinstance(wait, Wait)}
    assert places == {jobs[0].id: 1, jobs[1].id: 2}


async def test_workers_are_told_where_the_bot_finds_pictures(
    studio: Studio, upkeep: Upkeep, connection: redis.Redis
) -> None:
    await upkeep.round()
    assert store_of_bot(connection) == studio.blobs.identity()


async def test_a_job_that_never_arrived_is_enqueued(
    records: JobRecords, upkeep: Upkeep, connection: redis.Redis
) -> None:
    lost, fresh = an_old_job(), a_job()
    await recorded(records, lost)
    await recorded(records, fresh)
    await upkeep.round()
    assert queue_of("pocket", connection).job_ids == [lost.id]


async def test_a_job_that_the_queue_gave_up_has_failed(
    records: JobRecords, queue: JobQueue, upkeep: Upkeep, connection: redis.Redis
) -> None:
    job = an_old_job()
    await recorded(records, job)
    queue.enqueue(job)
    connection.delete(queue_of("pocket", connection).key)
    connection.hset(rq.job.Job.key_for(job.id), "status", "failed")
    await upkeep.round()
    assert jobs_on_their_way(connection, RESULTS) == {job.id}


async def test_a_result_that_the_records_never_learnt_of_is_rendered_again(
    records: JobRecords, queue: JobQueue, upkeep: Upkeep, connection: redis.Redis
) -> None:
    job = an_old_job()
    await recorded(records, job)
    queue.enqueue(job)
    done_and_lost(connection, job)
    await upkeep.round()
    assert queue.state(job.id) is JobState.FINISHED, "it may just have come: the next round will tell"
    await upkeep.round()
    assert queue.state(job.id) is JobState.WAITING
    assert queue_of("pocket", connection).job_ids == [job.id]


async def test_a_result_that_is_lost_twice_is_a_failure(
    records: JobRecords, queue: JobQueue, upkeep: Upkeep, connection: redis.Redis
) -> None:
    job = an_old_job()
    await recorded(records, job)
    queue.enqueue(job)
    for _ in range(2):
        done_and_lost(connection, job)
        await upkeep.round()
        await upkeep.round()
    entries: Any = connection.xrange(RESULTS)
    told = [Failed.model_validate_json(fields[b"result"]) for _, fields in entries]
    assert told == [Failed(job_id=job.id, message="The result was lost on its way, twice.")]
    assert queue_of("pocket", connection).job_ids == []


async def test_a_result_that_is_on_its_way_is_left_alone(
    records: JobRecords, queue: JobQueue, upkeep: Upkeep, connection: redis.Redis
) -> None:
    job = an_old_job()
    await recorded(records, job)
    publish_result(connection, job, Finished(job_id=job.id, seconds=1.0))
    before = connection.xrange(RESULTS)
    for _ in range(3):
        await upkeep.round()
    assert connection.xrange(RESULTS) == before
    assert queue.state(job.id) is JobState.FINISHED


async def test_a_result_that_the_records_learn_of_meanwhile_is_not_lost(
    records: JobRecords, queue: JobQueue, upkeep: Upkeep, connection: redis.Redis
) -> None:
    """The delivery may record and acknowledge between two looks of the same round."""
    job = an_old_job()
    await recorded(records, job)
    done_and_lost(connection, job)
    await upkeep.round()
    await records.record_result(Finished(job_id=job.id, seconds=1.0))
    await upkeep._bring_back([job])
    assert queue.state(job.id) is JobState.FINISHED
    assert queue_of("pocket", connection).job_ids == []


@pytest.mark.parametrize("forgotten", [True, False])
async def test_what_was_recorded_and_is_not_on_its_way_any_more_is_delivered_again(
    records: JobRecords,
    upkeep: Upkeep,
    connection: redis.Redis,
    forgotten: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whether Redis has forgotten that there was a result, or only lost it from the stream."""
    monkeypatch.setattr("bot.delivery.upkeep.GRACE", timedelta(0))
    job = a_job(reply_to=RESULTS)
    await recorded(records, job)
    await records.record_result(Cancelled(job_id=job.id))
    if not forgotten:
        connection.set(result_key(job.id), 1)
    for _ in range(3):
        await upkeep.round()
    entries: Any = connection.xrange(RESULTS)
    told = [Cancelled.model_validate_json(fields[b"result"]) for _, fields in entries]
    assert told == [Cancelled(job_id=job.id)], "once, and then it is on its way"


async def test_what_is_told_between_two_looks_is_not_delivered_again(
    records: JobRecords, upkeep: Upkeep, connection: redis.Redis
) -> None:
    job = a_job(reply_to=RESULTS)
    await recorded(records, job)
    await records.record_result(Cancelled(job_id=job.id))
    untold = await undelivered(records)
    await records.mark_posted(job.id, 1, 2, shown=0)
    await upkeep._remind(untold)
    assert jobs_on_their_way(connection, RESULTS) == set()


async def test_without_the_queue_every_open_job_says_so(
    records: JobRecords, upkeep: Upkeep, board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = await recorded(records)

    def away(self: JobQueue, job_id: str) -> None:
        raise redis.ConnectionError

    monkeypatch.setattr(JobQueue, "state", away)
    await upkeep.round()
    assert board.shown == {record.job.id: Trouble.AWAY}


async def test_each_of_several_processes_looks_after_jobs_of_its_servers(
    studio: Studio, connection: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    forgot = list[str]()

    async def forget(studio: Studio) -> None:
        forgot.append(str(studio.settings.shards))

    monkeypatch.setattr("bot.delivery.upkeep.forget_withdrawn", forget)
    jobs = {server_id: an_old_job() for server_id in (None, 5, 1 << 22, 2 << 22, 3 << 22)}
    for server_id, job in jobs.items():
        await studio.jobs.add(job, replace(an_origin(), guild_id=server_id))
    for shards in map(Shards.read, ("0/2", "1/2")):
        settings = studio.settings.model_copy(update={"shards": shards})
        client: Any = SimpleNamespace(
            studio=replace(studio, settings=settings), results=results_of(7, shards), application_id=7
        )
        shown: Any = Board()
        monkeypatch.setattr(JobQueue, "state", lambda *_: JobState.UNKNOWN)
        enqueued = list[str]()
        monkeypatch.setattr(JobQueue, "enqueue", lambda _, job, into=enqueued: into.append(job.id))
        await Upkeep(client, shown).round()
        assert set(enqueued) == {job.id for server_id, job in jobs.items() if shards.owns(server_id)}
    assert forgot == ["0/2"], "blobs are shared by all servers, and one process looks whether all are done"
