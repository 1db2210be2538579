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
    forget_result,
    listen_progress,
    publish_progress,
    publish_result,
    results_of,
    wait_result,
    was_published,
)
from storage.versions import TooNew
from tests.conftest import a_job


@pytest.fixture
async def aconnection(redis_address: str, connection: redis.Redis) -> AsyncIterator[redis.asyncio.Redis]:
    client = connect_async(redis_address)
    yield client
    await client.aclose()


async def next_of(heard: AsyncIterator[Progress]) -> Progress:
    return await anext(heard)


async def someone_listens(connection: redis.Redis) -> None:
    def look() -> None:
        while not connection.pubsub_numsub(events.PROGRESS)[0][1]:
            time.sleep(0.01)

    await asyncio.wait_for(asyncio.to_thread(look), 60)


async def test_progress_is_heard_with_its_preview(
    connection: redis.Redis, aconnection: redis.asyncio.Redis
) -> None:
    told = Progress(job_id="0" * 16, step=3, steps=20, preview=b"\xff\xd8 jpeg \x00")
    hearing = asyncio.create_task(next_of(listen_progress(aconnection)))
    await someone_listens(connection)
    connection.publish(events.PROGRESS, "nonsense")
    publish_progress(connection, told)
    assert await asyncio.wait_for(hearing, 60) == told


async def test_progress_is_heard_again_after_redis_was_away(tmp_path: Path) -> None:
    with EmbeddedRedis(tmp_path) as server:
        client, aclient = connect(server.url, patience=10), connect_async(server.url)
        heard = listen_progress(aclient)
        first = asyncio.create_task(next_of(heard))
        await someone_listens(client)
        publish_progress(client, Progress(job_id="0" * 16, step=1, steps=2))
        assert (await asyncio.wait_for(first, 60)).step == 1
        second = asyncio.create_task(next_of(heard))
        os.kill(client.info("server")["process_id"], signal.SIGKILL)
        await asyncio.sleep(1.2)
        await someone_listens(client)
        publish_progress(client, Progress(job_id="0" * 16, step=2, steps=2))
        assert (await asyncio.wait_for(second, 60)).step == 2
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
    assert wait_result(connection, "darkroom:results:mine", timeout=60) == result
    assert 0 < connection.ttl("darkroom:results:mine") <= 3600
    assert wait_result(connection, "darkroom:results:other", timeout=0.1) is None
    timer.join()


def test_a_result_of_a_newer_worker_is_a_sentence_for_the_command(connection: redis.Redis) -> None:
    connection.xadd(
        "darkroom:results:mine", {"result": '{"kind": "postponed", "job_id": "1111111111111111"}'}
    )
    with pytest.raises(TooNew, match=r"older than the worker and .* “postponed”: it needs an update\.$"):
        wait_result(connection, "darkroom:results:mine", timeout=60)


def test_what_was_forgotten_is_published_again(connection: redis.Redis) -> None:
    job = a_job()
    result = Cancelled(job_id=job.id)
    assert publish_result(connection, job, result)
    assert not publish_result(connection, job, result)
    forget_result(connection, job.id)
    assert publish_result(connection, job, result)


def test_results_survive_their_journey() -> None:
    job = a_job()
    for result in (
        Finished(job_id=job.id, pictures=(), seconds=1.5),
        Failed(job_id=job.id, message="No."),
        Cancelled(job_id=job.id),
    ):
        assert events._RESULT.validate_json(events._RESULT.dump_json(result)) == result


def test_the_bots_results_wait_for_as_long_as_it_takes_and_a_commands_do_not(
    connection: redis.Redis,
) -> None:
    for stream, expires in ((BOT_RESULTS, False), (results_of(7), False), ("darkroom:results:mine", True)):
        connection.xadd(stream, {"result": "{}"})
        connection.expire(stream, 60)  # as a worker of an earlier version does
        job = a_job(reply_to=stream)
        publish_result(connection, job, Cancelled(job_id=job.id))
        assert (connection.ttl(stream) > 0) is expires
