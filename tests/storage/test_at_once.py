from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import event, text

from storage.at_once import AtOnce
from storage.database import Database


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    opened = await Database.open(f"sqlite+aiosqlite:///{tmp_path}/darkroom.db")
    async with opened.writing() as db:
        await db.execute(text("CREATE TABLE notes (id INTEGER PRIMARY KEY)"))
    yield opened
    await opened.close()


async def noted(database: Database) -> list[int]:
    async with database.glancing() as db:
        return list((await db.execute(text("SELECT id FROM notes ORDER BY id"))).scalars())


async def test_a_glance_lets_nobody_else_go_on(database: Database) -> None:
    glancing, others = asyncio.create_task(noted(database)), []
    other = asyncio.create_task(asyncio.sleep(0))
    other.add_done_callback(lambda _: others.append(glancing.done()))
    await asyncio.gather(glancing, other)
    assert others == [True]


async def test_a_glance_sees_what_was_committed_and_writes_nothing(database: Database) -> None:
    async with database.writing() as db:
        await db.execute(text("INSERT INTO notes VALUES (1)"))
        assert await noted(database) == []
    assert await noted(database) == [1]


async def test_of_what_writes_only_the_lock_and_the_disk_are_waited_for(database: Database) -> None:
    _, writes = database._at_once
    here, threads = threading.get_ident(), list[tuple[str, bool]]()

    def heard(name: str) -> None:
        event.listen(writes, name, lambda *_: threads.append((name, threading.get_ident() == here)))

    for name in ("begin", "before_cursor_execute", "commit"):
        heard(name)
    async with database.writing() as db:
        for number in range(3):
            await db.execute(text("INSERT INTO notes VALUES (:id)"), {"id": number})
    statements = [is_here for name, is_here in threads if name == "before_cursor_execute"]
    assert statements == [False, True, True, True], "BEGIN, and the three"
    assert [is_here for name, is_here in threads if name != "before_cursor_execute"] == [False, False]


async def test_what_takes_a_connection_of_sqlalchemys_own_is_called(database: Database) -> None:
    async with database.writing() as db:
        assert isinstance(db, AtOnce)
        await db.run_sync(
            lambda connection, number: connection.execute(text(f"INSERT INTO notes VALUES ({number})")), 7
        )
    assert await noted(database) == [7]
