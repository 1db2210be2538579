from __future__ import annotations

import asyncio
import os
import signal
import threading
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import redis
import redis.asyncio

from storage import events
from storage.connection import connect, connect_async
from storage.embedded_redis import EmbeddedRedis
from storage.events import (
    BOT_RESULTS,
    Cancelled,
    Failed,
    Finished,
    Progress,
    ResultStream,
    listen_progress,
    publish_progress,
    publish_result,
    wait_result,
    was_published,
)
from tests.conftest import a_job


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


async def next_of(heard: AsyncIterator[Progress]) -> Progress:
    return await anext(heard)


async def someone_listens(connection: redis.Redis) -> None:
    def look() -> None:
        while not connection.pubsub_numsub(events.PROGRESS)[0][1]:
            time.sleep(0.01)

    await asyncio.wait_for(asyncio.to_thread(look), 10)


async def test_progress_is_heard_with_its_preview(
    connection: redis.Redis, aconnection: redis.asyncio.Redis
) -> None:
    told = Progress(job_id="0" * 16, step=3, steps=20, preview=b"\xff\xd8 jpeg \x00")
    hearing = asyncio.create_task(next_of(listen_progress(aconnection)))
    await someone_listens(connection)
    connection.publish(events.PROGRESS, "nonsense")
    publish_progress(connection, told)
    assert await asyncio.wait_for(hearing, 5) == told


async def test_progress_is_heard_again_after_redis_was_away(tmp_path: Path) -> None:
    with EmbeddedRedis(tmp_path) as server:
        client, aclient = connect(server.url, patience=10), connect_async(server.url)
        heard = listen_progress(aclient)
        first = asyncio.create_task(next_of(heard))
        await someone_listens(client)
        publish_progress(client, Progress(job_id="0" * 16, step=1, steps=2))
        assert (await asyncio.wait_for(first, 5)).step == 1
        second = asyncio.create_task(next_of(heard))
        os.kill(client.info("server")["process_id"], signal.SIGKILL)
        await asyncio.sleep(1.2)
        await someone_listens(client)
        publish_progress(client, Progress(job_id="0" * 16, step=2, steps=2))
        assert (await asyncio.wait_for(second, 5)).step == 2
        await aclient.aclose()


def test_a_result_is_published_once(connection: redis.Redis) -> None:
    job = a_job(reply_to=BOT_RESULTS)
    published = []

    def publish(number: int) -> None:
        if publish_result(connection, job, Failed(job_id=job.id, message=str(number))):
            published.append(number)

    assert not was_published(connection, job.id)
    threads = [threading.Thread(target=publish, args=(number,)) for number in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(published) == 1
    assert connection.xlen(BOT_RESULTS) == 1
    assert was_published(connection, job.id)
    assert connection.ttl(BOT_RESULTS) == -1, "the bot's stream stays"


def test_a_command_waits_for_its_own_result(connection: redis.Redis) -> None:
    job = a_job(reply_to="darkroom:results:mine")
    result = Cancelled(job_id=job.id)
    timer = threading.Timer(0.2, publish_result, args=(connection, job, result))
    timer.start()
    assert wait_result(connection, "darkroom:results:mine", timeout=5) == result
    assert 0 < connection.ttl("darkroom:results:mine") <= 3600
    assert wait_result(connection, "darkroom:results:other", timeout=0.1) is None
    timer.join()


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
    monkeypatch.setattr(events, "_DEAD_CONSUMER_MS", 20)
    await asyncio.sleep(0.05)
    taken = await results_stream(aconnection, "alive").read(block_ms=1)
    assert [result.job_id for _, result in taken] == [job_id]


async def test_what_a_slow_consumer_holds_is_left_to_it(
    connection: redis.Redis, aconnection: redis.asyncio.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "_DEAD_CONSUMER_MS", 300)
    monkeypatch.setattr(events, "_STILL_HERE_SECONDS", 0.0)
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


async def test_a_stream_that_was_lost_is_made_again(
    connection: redis.Redis, aconnection: redis.asyncio.Redis
) -> None:
    stream = results_stream(aconnection)
    await stream.read(block_ms=1)
    connection.flushall()
    job_id = publish_failed(connection)
    assert [result.job_id for _, result in await stream.read(block_ms=100)] == [job_id]


def test_results_survive_their_journey() -> None:
    job = a_job()
    for result in (
        Finished(job_id=job.id, pictures=(), seconds=1.5),
        Failed(job_id=job.id, message="No."),
        Cancelled(job_id=job.id),
    ):
        assert events._RESULT.validate_json(events._RESULT.dump_json(result)) == result
