from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
import redis
import redis.asyncio

from storage import result_stream
from storage.connection import connect_async
from storage.events import BOT_RESULTS, Failed, publish_result, result_key, results_of
from storage.queue import TRAINING_TIMEOUT
from storage.result_stream import (
    ResultStream,
    adopt,
    jobs_on_their_way,
    leads_elsewhere,
    streams_before,
    tell_stream,
)
from storage.shards import ALL, Shards
from tests.conftest import a_job

DAY = 24 * 60 * 60


@pytest.fixture
async def aconnection(redis_address: str, connection: redis.Redis) -> AsyncIterator[redis.asyncio.Redis]:
    client = connect_async(redis_address)
    yield client
    await client.aclose()


def results_stream(client: redis.asyncio.Redis, consumer: str = "bot") -> ResultStream:
    return ResultStream(client, BOT_RESULTS, group="bot", consumer=consumer)


def publish_failed(connection: redis.Redis, message: str = "No.") -> str:
    job = a_job(reply_to=BOT_RESULTS)
    assert publish_result(connection, job, Failed(job_id=job.id, message=message))
    return job.id


async def test_results_are_read_until_acknowledged(
    connection: redis.Redis, aconnection: redis.asyncio.Redis
) -> None:
    stream = results_stream(aconnection)
    assert await stream.read(block_ms=1) == []
    ids = [publish_failed(connection) for _ in range(3)]
    read = await stream.read(block_ms=100)
    assert [result.job_id for _, result in read] == ids
    assert await stream.read(block_ms=1) == [], "in hand, so not given twice"
    await stream.ack(read[0][0])

    restarted = results_stream(aconnection)
    again = await restarted.read(block_ms=100)
    assert [result.job_id for _, result in again] == ids[1:]
    publish_failed(connection)
    assert len(await restarted.read(block_ms=100)) == 1
    for entry_id, _ in again:
        await restarted.ack(entry_id)
    assert connection.xlen(BOT_RESULTS) == 1
    assert connection.xpending(BOT_RESULTS, "bot")["pending"] == 1


async def test_how_long_a_result_waited_is_told_by_the_clock_of_redis(
    connection: redis.Redis, aconnection: redis.asyncio.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = results_stream(aconnection)
    publish_failed(connection)
    ((entry, _),) = await stream.read(block_ms=100)
    monkeypatch.setattr("time.time", lambda: 0.0)
    assert 0 <= await stream.ack(entry) < 60
    early = f"{int(entry.partition('-')[0]) - 90_000}-0"
    assert await stream.ack(early) >= 90


async def test_a_delivered_job_is_known_for_as_long_as_it_may_be_tried_and_no_longer(
    connection: redis.Redis, aconnection: redis.asyncio.Redis
) -> None:
    stream = results_stream(aconnection)
    delivered, not_yet = publish_failed(connection), publish_failed(connection)
    (entry, _), _ = await stream.read(block_ms=100)
    await stream.ack(entry, delivered)
    assert TRAINING_TIMEOUT < connection.ttl(result_key(delivered)) < DAY
    assert connection.ttl(result_key(not_yet)) > 6 * DAY, "the bot may be away for days"


async def test_hundreds_of_pending_results_all_come_back(
    connection: redis.Redis, aconnection: redis.asyncio.Redis
) -> None:
    stream = results_stream(aconnection)
    ids = {publish_failed(connection) for _ in range(250)}
    taken: set[str] = set()
    while taken != ids:
        taken |= {result.job_id for _, result in await stream.read(block_ms=100)}
    restarted = results_stream(aconnection)
    back: set[str] = set()
    while back != ids:
        entries = await restarted.read(block_ms=1)
        assert entries, "some pending results were left out"
        back |= {result.job_id for _, result in entries}


async def test_what_a_dead_consumer_held_is_taken_over(
    connection: redis.Redis, aconnection: redis.asyncio.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = publish_failed(connection)
    assert len(await results_stream(aconnection, "dead").read(block_ms=100)) == 1
    assert await results_stream(aconnection, "impatient").read(block_ms=1) == []
    monkeypatch.setattr(result_stream, "_DEAD_CONSUMER_MS", 20)
    await asyncio.sleep(0.05)
    taken = await results_stream(aconnection, "alive").read(block_ms=1)
    assert [result.job_id for _, result in taken] == [job_id]


async def test_what_a_slow_consumer_holds_is_left_to_it(
    connection: redis.Redis, aconnection: redis.asyncio.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(result_stream, "_DEAD_CONSUMER_MS", 300)
    monkeypatch.setattr(result_stream, "_STILL_HERE_SECONDS", 0.0)
    publish_failed(connection)
    slow, other = results_stream(aconnection, "slow"), results_stream(aconnection, "other")
    assert len(await slow.read(block_ms=100)) == 1
    for _ in range(5):
        await asyncio.sleep(0.1)
        assert await slow.read(block_ms=1) == []
        assert await other.read(block_ms=1) == []


@pytest.mark.parametrize(
    "fields", [{"result": "no json"}, {"result": '{"kind": "cake"}'}, {"other": "field"}]
)
async def test_what_cannot_be_read_is_put_aside(
    connection: redis.Redis, aconnection: redis.asyncio.Redis, fields: dict[str, str]
) -> None:
    connection.xadd(BOT_RESULTS, fields)  # type: ignore[arg-type]
    job_id = publish_failed(connection)
    stream = results_stream(aconnection)
    assert [result.job_id for _, result in await stream.read(block_ms=100)] == [job_id]
    assert connection.xlen(BOT_RESULTS) == 1
    assert connection.xlen(f"{BOT_RESULTS}:dead") == 1
    assert connection.xpending(BOT_RESULTS, "bot")["pending"] == 1


async def test_a_result_that_cannot_be_read_is_a_failure_of_its_job(
    connection: redis.Redis, aconnection: redis.asyncio.Redis
) -> None:
    """Its member would wait for ever otherwise."""
    job_id = a_job().id
    said = json.dumps({"kind": "finished", "job_id": job_id, "seconds": "a while"})
    connection.xadd(BOT_RESULTS, {"result": said})
    stream = results_stream(aconnection)
    ((entry_id, result),) = await stream.read(block_ms=100)
    assert result == Failed(job_id=job_id, message="The worker's answer could not be read.")
    assert connection.xlen(f"{BOT_RESULTS}:dead") == 1
    assert connection.xlen(BOT_RESULTS) == 1
    await stream.ack(entry_id)
    assert connection.xlen(BOT_RESULTS) == 0


async def test_results_are_on_their_way_until_they_are_acknowledged(
    connection: redis.Redis, aconnection: redis.asyncio.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(result_stream, "_AT_ONCE", 2)
    job_ids = {publish_failed(connection) for _ in range(5)}
    connection.xadd(BOT_RESULTS, {"result": "no json"})
    assert jobs_on_their_way(connection, BOT_RESULTS) == job_ids
    stream = results_stream(aconnection)
    (entry_id, first), *_ = await stream.read(block_ms=100)
    assert jobs_on_their_way(connection, BOT_RESULTS) == job_ids
    await stream.ack(entry_id)
    assert jobs_on_their_way(connection, BOT_RESULTS) == job_ids - {first.job_id}


async def test_a_stream_that_was_lost_is_made_again(
    connection: redis.Redis, aconnection: redis.asyncio.Redis
) -> None:
    stream = results_stream(aconnection)
    await stream.read(block_ms=1)
    connection.flushall()
    job_id = publish_failed(connection)
    assert [result.job_id for _, result in await stream.read(block_ms=100)] == [job_id]


async def test_what_only_a_newer_bot_can_read_waits_for_it(
    connection: redis.Redis, aconnection: redis.asyncio.Redis, caplog: pytest.LogCaptureFixture
) -> None:
    said = '{"kind": "postponed", "job_id": "1111111111111111"}'
    connection.xadd(BOT_RESULTS, {"result": said})
    job_id = publish_failed(connection)
    stream = results_stream(aconnection)
    ((entry_id, result),) = await stream.read(block_ms=100)
    assert result.job_id == job_id
    await stream.ack(entry_id)
    assert await stream.read(block_ms=1) == []
    assert connection.xlen(f"{BOT_RESULTS}:dead") == 0
    assert connection.xlen(BOT_RESULTS) == connection.xpending(BOT_RESULTS, "bot")["pending"] == 1
    sentence = "This Darkroom is older than the worker and does not know the kind of result “postponed”"
    assert caplog.text.count(sentence) == 1

    assert await results_stream(aconnection).read(block_ms=1) == [], "the same bot, started again"
    assert connection.xlen(BOT_RESULTS) == 1


def test_streams_of_another_division_of_a_bots_shards_are_known(connection: redis.Redis) -> None:
    def told(application_id: int, written: str) -> str:
        stream = results_of(application_id, Shards.read(written))
        tell_stream(connection, stream)
        return stream

    mine, beside = told(7, "0-1/4"), told(7, "2-3/4")
    before = [told(7, "0/2"), told(7, "1/2"), told(7, "1-2/4")]
    told(71, "0/2")
    whole = results_of(7)
    assert streams_before(connection, 7, Shards.read("0-1/4")) == sorted([whole, *before])
    assert streams_before(connection, 7, ALL) == sorted([mine, beside, *before])
    assert streams_before(connection, 8, ALL) == []


def test_a_stream_tells_whose_results_are_in_it() -> None:
    mine = Shards.read("0-1/4")
    for stream in (
        results_of(71),
        results_of(8, mine),
        results_of(7, Shards.read("2/4")),
        "darkroom:results:ab",
    ):
        assert leads_elsewhere(stream, 7, mine)
    for stream in (results_of(7), results_of(7, mine), results_of(7, Shards.read("0/2")), BOT_RESULTS, ""):
        assert not leads_elsewhere(stream, 7, mine)


@pytest.mark.parametrize("shards", ["", "nonsense", "0/0", "9/4", "0-1/4:dead"])
def test_streams_that_no_bot_would_call_so_are_nobodys(connection: redis.Redis, shards: str) -> None:
    stream = f"{results_of(7)}:{shards}"
    tell_stream(connection, stream)
    assert stream not in streams_before(connection, 7, ALL)
    assert leads_elsewhere(stream, 7, ALL)


def test_only_these_jobs_are_taken_over(connection: redis.Redis) -> None:
    earlier, mine = results_of(7), results_of(7, Shards.read("0/2"))
    jobs = [a_job(reply_to=earlier) for _ in range(3)]
    for job in jobs:
        publish_result(connection, job, Failed(job_id=job.id, message="It failed."))
    connection.xgroup_create(earlier, "bot", id="0")
    connection.xreadgroup("bot", "bot", {earlier: ">"}, count=1)
    adopt(connection, {jobs[0].id, jobs[2].id}, earlier, mine)
    assert jobs_on_their_way(connection, mine) == {jobs[0].id, jobs[2].id}
    assert jobs_on_their_way(connection, earlier) == {jobs[1].id}
    pending: Any = connection.xpending(earlier, "bot")
    assert pending["pending"] == 0, "also what was read before"
