"""`darkroom database`: going back to an earlier version."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import inspect
from sqlalchemy.ext.asyncio import create_async_engine
from typer.testing import CliRunner

import darkroom
from storage.database import Database


async def tables(url: str) -> set[str]:
    engine = create_async_engine(url)
    async with engine.connect() as db:
        found = await db.run_sync(lambda connection: inspect(connection).get_table_names())
    await engine.dispose()
    return set(found)


async def made(url: str) -> None:
    await (await Database.open(url)).close()


@pytest.fixture
def url(settings_home: Path) -> str:
    found = f"sqlite+aiosqlite:///{settings_home}/darkroom.db"
    asyncio.run(made(found))
    return found


def test_the_records_are_taken_back_and_a_later_version_takes_them_up_again(url: str) -> None:
    done = CliRunner().invoke(darkroom.app, ["database", "--take-back-to", "0005"])
    assert (done.exit_code, done.stderr) == (0, "")
    assert "transfers" not in asyncio.run(tables(url))
    asyncio.run(made(url))
    assert "transfers" in asyncio.run(tables(url))


@pytest.mark.parametrize("revision", ["9999", "no-such"])
def test_a_revision_that_never_was_is_refused_and_nothing_is_lost(url: str, revision: str) -> None:
    before = asyncio.run(tables(url))
    done = CliRunner().invoke(darkroom.app, ["database", "--take-back-to", revision])
    assert done.exit_code == 1
    assert done.stderr.startswith(f"The database cannot be taken back to {revision}: ")
    assert asyncio.run(tables(url)) == before
