"""Several bots on one farm: each has its application, its records, and what its own members asked for."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import redis
from pydantic import SecretStr

from bot.delivery.delivery import Delivery
from bot.delivery.progress import ProgressBoard
from bot.delivery.upkeep import Upkeep
from bot.studio import Studio, open_studio
from storage.connection import connect_async
from storage.events import BOT_RESULTS, Failed, Result, publish_result, results_of
from storage.jobs import Job
from storage.lease import Lease, bot_of
from storage.records.jobs import JobRecord
from storage.result_stream import jobs_on_their_way, undelivered
from storage.settings import BotSettings
from tests.bot.conftest import eventually
from tests.bot.delivery.conftest import recorded
from tests.conftest import a_job

ONE, OTHER = results_of(1), results_of(2)


@contextlib.asynccontextmanager
async def a_bot(home: Path, redis_address: str, results: str) -> AsyncIterator[tuple[Studio, Upkeep]]:
    """A bot at work, as far as it is no part of Discord."""
    database = SecretStr(f"sqlite+aiosqlite:///{home / results.replace(':', '-')}.db")
    settings = BotSettings(home=home, redis_url=redis_address, database_url=database)
    async with open_studio(settings) as studio:
        application_id = int(results.rpartition(":")[2])
        mine: Any = SimpleNamespace(studio=studio, results=results, application_id=application_id)
        board = ProgressBoard(mine)
        delivering = asyncio.create_task(Delivery(mine, board).run())
        yield studio, Upkeep(mine, board)
        delivering.cancel()
        await asyncio.gather(delivering, return_exceptions=True)


async def test_each_bot_gets_the_results_of_its_own_jobs(
    redis_address: str, connection: redis.Redis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: set[tuple[str, str]] = set()

    async def tell(self: Any, record: JobRecord, result: Result, **_: bool) -> None:
        told.add((self._client.results, record.job.id))
        await self._studio.jobs.mark_posted(record.job.id, 1, 2, 0)

    monkeypatch.setattr(Delivery, "_tell", tell)

    def made(job: Job) -> None:
        publish_result(connection, job, Failed(job_id=job.id, message="It failed."))

    async with (
        a_bot(tmp_path, redis_address, ONE) as (one, upkeep_of_one),
        a_bot(tmp_path, redis_address, OTHER) as (other, upkeep_of_other),
    ):
        first, second = a_job(reply_to=ONE), a_job(reply_to=OTHER)
        of_earlier_version, of_an_old_bot = a_job(reply_to=BOT_RESULTS), a_job(reply_to=BOT_RESULTS)
        await recorded(one.jobs, first)
        await recorded(other.jobs, second)
        await recorded(other.jobs, of_earlier_version)
        for job in (first, second, of_earlier_version, of_an_old_bot):
            made(job)
        await upkeep_of_one.round()
        await upkeep_of_other.round()
        await eventually(lambda: len(told) == 3)
        assert told == {(ONE, first.id), (OTHER, second.id), (OTHER, of_earlier_version.id)}
        await eventually(lambda: undelivered(connection) == 1)
        assert jobs_on_their_way(connection, BOT_RESULTS) == {of_an_old_bot.id}


def stands_by() -> None:
    pytest.fail("it stands by")


async def test_no_bot_stands_by_for_one_with_another_token(redis_address: str) -> None:
    connection = connect_async(redis_address)
    one, other = (Lease(connection, bot_of(token)) for token in ("one", "other"))
    async with one.held(stands_by), other.held(stands_by):
        pass
    await connection.aclose()
