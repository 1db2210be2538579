from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from storage.database import Database
from storage.sqlite import Connection

NUMBERS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :upto) SELECT i FROM n"


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    opened = await Database.open(f"sqlite+aiosqlite:///{tmp_path}/darkroom.db")
    await numbers(opened, 1)  # the first connection is asked more than that
    yield opened
    await opened.close()


@pytest.fixture
def crossings(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    made: list[Any] = []
    cross = Connection.in_thread

    async def in_thread(self: Connection, call: Any, *args: Any) -> Any:
        made.append(call)
        return await cross(self, call, *args)

    monkeypatch.setattr(Connection, "in_thread", in_thread)
    return made


async def numbers(database: Database, upto: int) -> list[int]:
    async with database.reading() as db:
        return list((await db.execute(text(NUMBERS), {"upto": upto})).scalars())


async def test_a_question_crosses_to_the_thread_once(database: Database, crossings: list[Any]) -> None:
    assert await numbers(database, 3) == [1, 2, 3]
    assert len(crossings) == 1


@pytest.mark.parametrize("many", [0, 1, 255, 256, 257, 2000])
async def test_all_rows_come_however_many_there_are(database: Database, many: int) -> None:
    async with database.writing() as db:
        await db.execute(text("CREATE TABLE notes AS " + NUMBERS.replace(":upto", str(max(many, 1)))))
        await db.execute(text("DELETE FROM notes WHERE i > :many"), {"many": many})
    async with database.reading() as db:
        assert list((await db.execute(text("SELECT i FROM notes ORDER BY i"))).scalars()) == [
            *range(1, many + 1)
        ]
        streamed = [row.i async for row in await db.stream(text("SELECT i FROM notes ORDER BY i"))]
    assert streamed == [*range(1, many + 1)]


@pytest.mark.slow
async def test_a_question_that_nobody_waits_for_any_more_spoils_nothing(database: Database) -> None:
    async def ask() -> list[int]:
        return await numbers(database, 3_000_000)

    for wait in (0.0, 0.01, 0.05):
        asking = asyncio.create_task(ask())
        await asyncio.sleep(wait)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        assert await numbers(database, 3) == [1, 2, 3]
