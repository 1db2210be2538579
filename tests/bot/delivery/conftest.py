"""The parts of the bot's deliveries, without Discord and without a worker."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr

from storage.database import Database
from storage.jobs import Job
from storage.records.jobs import JobRecord, JobRecords
from storage.records.origin import Origin
from tests.conftest import a_job


@pytest.fixture
async def records(bot_database: SecretStr) -> AsyncIterator[JobRecords]:
    """The records of nobody's job yet."""
    database = await Database.open(bot_database.get_secret_value())
    yield JobRecords(database)
    await database.close()


async def recorded(records: JobRecords, job: Job | None = None) -> JobRecord:
    """The record of a job that was just taken."""
    job = job or a_job()
    soon = datetime.now(UTC) + timedelta(minutes=15)
    await records.add(job, Origin(guild_id=1, channel_id=2, member_id=3, token="t", token_expires_at=soon))
    record = await records.get(job.id)
    assert record is not None
    return record
