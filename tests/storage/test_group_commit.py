from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, event, text
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.database import Database, DatabaseAway


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    opened = await Database.open(f"sqlite+aiosqlite:///{tmp_path}/darkroom.db")
    async with opened.writing() as db:
        await db.execute(text("CREATE TABLE notes (id INTEGER PRIMARY KEY, said TEXT)"))
    yield opened
    await opened.close()


async def note(database: Database, number: int, first: Any = None) -> None:
    async with database.writing() as db:
        if first is not None:
            await first(db)
        await db.execute(text("INSERT INTO notes VALUES (:id, 'x')"), {"id": number})


async def noted(database: Database) -> set[int]:
    async with database.reading() as db:
        return set((await db.execute(text("SELECT id FROM notes"))).scalars())


def commits_of(database: Database) -> list[Any]:
    _, writes = database._at_once
    commits: list[Any] = []
    event.listen(writes, "commit", commits.append)
    return commits


async def test_who_waits_for_each_other_is_committed_together(database: Database) -> None:
    commits = commits_of(database)
    await asyncio.gather(*(note(database, number) for number in range(50)))
    assert await noted(database) == set(range(50))
    assert len(commits) < 10


async def test_nobody_goes_on_before_what_they_wrote_is_committed(database: Database, tmp_path: Path) -> None:
    async def note_and_look(number: int) -> bool:
        await note(database, number)
        with sqlite3.connect(tmp_path / "darkroom.db") as other:
            return other.execute("SELECT 1 FROM notes WHERE id = ?", [number]).fetchone() is not None

    assert all(await asyncio.gather(*(note_and_look(number) for number in range(20))))


async def test_a_mistake_takes_back_its_own_writes_alone(database: Database) -> None:
    async def twice(db: AsyncConnection) -> None:
        await db.execute(text("INSERT INTO notes VALUES (100, 'x')"))
        await db.execute(text("INSERT INTO notes VALUES (100, 'y')"))

    async def change_of_mind(db: AsyncConnection) -> None:
        await db.execute(text("INSERT INTO notes VALUES (200, 'x')"))
        raise ValueError

    both = note(database, 10, twice), note(database, 11, change_of_mind)
    ends = await asyncio.gather(
        note(database, 1), *both, *(note(database, number) for number in (2, 3)), return_exceptions=True
    )
    assert [type(end) for end in ends[1:3]] == [IntegrityError, ValueError]
    assert [end for end in (ends[0], *ends[3:]) if end is not None] == []
    assert await noted(database) == {1, 2, 3}


async def test_a_commit_that_fails_fails_for_all_of_it(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: object) -> None:
        raise OperationalError("COMMIT", {}, sqlite3.OperationalError("database or disk is full"))

    with monkeypatch.context() as patch:
        patch.setattr(Connection, "commit", fail)
        ends = await asyncio.gather(*(note(database, number) for number in range(5)), return_exceptions=True)
    assert [type(end).__name__ for end in ends] == ["DatabaseFull"] * 5
    assert await noted(database) == set()
    await note(database, 7)
    assert await noted(database) == {7}


async def test_where_the_database_fails_nobody_writes_into_what_is_taken_back(database: Database) -> None:
    async def fail(_: AsyncConnection) -> None:
        raise OperationalError("INSERT", {}, sqlite3.OperationalError("disk I/O error"))

    ends = await asyncio.gather(
        note(database, 1), note(database, 2, fail), note(database, 3), return_exceptions=True
    )
    assert [isinstance(end, DatabaseAway) for end in ends[:2]] == [True, True]
    assert ends[2] is None
    assert await noted(database) == {3}


async def test_where_all_was_taken_back_nobody_goes_on_without_a_transaction(database: Database) -> None:
    async def lose_it(db: AsyncConnection) -> None:
        await db.execute(text("ROLLBACK"))
        raise ValueError

    ends = await asyncio.gather(note(database, 1), note(database, 2, lose_it), return_exceptions=True)
    assert [isinstance(end, DatabaseAway) for end in ends] == [True, True]
    assert await noted(database) == set()
    await note(database, 3)
    assert await noted(database) == {3}


async def test_who_gives_up_while_it_is_begun_leaves_nothing_open(database: Database, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "darkroom.db", isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        waiting = asyncio.create_task(note(database, 1))
        await asyncio.sleep(0.1)
        waiting.cancel()
        await asyncio.sleep(0.1)
        other.execute("COMMIT")
        with pytest.raises(asyncio.CancelledError):
            await waiting
        other.execute("BEGIN IMMEDIATE")
        other.execute("COMMIT")
    await note(database, 2)
    assert await noted(database) == {2}


async def test_who_gives_up_takes_nothing_from_the_others(database: Database) -> None:
    writers = [asyncio.create_task(note(database, number)) for number in range(10)]
    for _ in range(3):
        await asyncio.sleep(0)
    writers[0].cancel()
    writers[4].cancel()
    await asyncio.gather(*writers, return_exceptions=True)
    assert {1, 2, 3, 5, 6, 7, 8, 9} <= await noted(database)
    await note(database, 100)


async def test_it_waits_for_another_program(database: Database, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "darkroom.db", isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        waiting = asyncio.create_task(note(database, 1))
        await asyncio.sleep(0.1)
        assert not waiting.done()
        other.execute("COMMIT")
        await waiting
    assert await noted(database) == {1}
