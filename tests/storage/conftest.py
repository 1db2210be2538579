"""An empty database of each kind, and the jobs and results that are recorded in it."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from moderation.findings import Finding, Findings
from moderation.verdict import Action, Reason, Verdict
from storage.database import Database
from storage.events import Finished, Picture
from storage.jobs import Job
from storage.recipe import Recipe
from storage.records.jobs import UNDELIVERED, JobRecord, JobRecords
from storage.records.origin import Origin
from tests.conftest import imagined
from tests.stores import asyncpg, emptied

GUILD, CHANNEL, MEMBER = 2**62, 2**62 + 1, 2**62 + 2


@pytest.fixture(params=["sqlite", "postgres"])
async def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database for each test."""
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path}/new/darkroom.db"
    return await emptied(request.getfixturevalue("postgres_address"))


@pytest.fixture(scope="session")
def postgres_records(postgres_address: str) -> str:
    """A database of its own in Postgres, with all tables: to empty them is quicker than to migrate anew."""
    address = asyncpg(postgres_address).replace("/postgres?", "/records?")

    async def migrate() -> None:
        server = create_async_engine(asyncpg(postgres_address), isolation_level="AUTOCOMMIT")
        async with server.connect() as db:
            await db.execute(text("CREATE DATABASE records"))
        await server.dispose()
        await (await Database.open(address)).close()

    asyncio.run(migrate())
    return address


@pytest.fixture(params=["sqlite", "postgres"])
def records_address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database of each kind that has all tables already."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("empty_records"), tmp_path / "darkroom.db")
        return f"sqlite+aiosqlite:///{tmp_path}/darkroom.db"
    address: str = request.getfixturevalue("postgres_records")
    return address


@pytest.fixture
async def database(records_address: str) -> AsyncIterator[Database]:
    """All tables without a row."""
    opened = await Database.open(records_address)
    if not records_address.startswith("sqlite"):
        async with opened.writing() as db:
            tables = await db.execute(text(_TABLES))
            await db.execute(text(f"TRUNCATE {', '.join(tables.scalars())} RESTART IDENTITY"))
    yield opened
    await opened.close()


_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename != 'alembic_version'"


def an_origin(member: int = MEMBER, guild: int | None = GUILD, channel: int = CHANNEL) -> Origin:
    return Origin(
        guild_id=guild,
        channel_id=channel,
        member_id=member,
        token="token",
        token_expires_at=datetime(2026, 11, 20, 12, 15, tzinfo=UTC),
        source_message_id=42,
    )


async def undelivered(records: JobRecords) -> list[JobRecord]:
    return [record async for page in records.in_pages(*UNDELIVERED) for record in page]


def finished(job: Job, withheld: int = 0) -> Finished:
    pictures = []
    for index, noise in enumerate(imagined(job).noises):
        recipe = Recipe(
            **job.task.model_dump(exclude={"kind", "noises", "best"}),
            checkpoint="pocket",
            checkpoint_hash="ab",
            noise=noise,
        )
        blocked = index < withheld
        reason = Reason(rule="nudity", matched="X", explanation="It shows too much.")
        verdict = Verdict(verdict=Action.BLOCK, reasons=(reason,)) if blocked else Verdict()
        findings = Findings(detector="d", found=(Finding(label="FACE", score=0.5, box=(1, 2, 3, 4)),))
        pictures.append(
            Picture(
                blob=None if blocked else f"{index:064x}", recipe=recipe, findings=findings, verdict=verdict
            )
        )
    return Finished(job_id=job.id, pictures=tuple(pictures), seconds=1.5)
