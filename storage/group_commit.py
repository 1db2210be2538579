"""Transactions that write to SQLite, one at a time; those that wait for each other are committed together.

SQLite lets one writer in, and a commit waits for the disk, some milliseconds each. Whoever has written stands
in line again, to commit; those who stood there already write before that, as savepoints of the same
transaction, and the first one that has its second turn commits for all (group commit: DeWitt et al.,
"Implementation Techniques for Main Memory Database Systems", SIGMOD 1984).
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, OperationalError, ProgrammingError

from storage.at_once import AtOnce

_T = TypeVar("_T")
MISTAKES = DataError, IntegrityError, ProgrammingError
"""What a statement itself gets wrong; the transaction that it belongs to goes on."""


@dataclass
class _Group:
    """An open transaction of several writers, and why it could not be committed."""

    db: Connection
    failure: Exception | None = None


@contextmanager
def _apart(db: Connection) -> Iterator[None]:
    """Take back what is written here, and no more, if something is raised.

    SQLAlchemy's own savepoints take longer than what is written between them.
    """
    driver = db.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)
    try:
        driver.execute("SAVEPOINT writer")
        try:
            yield
        except BaseException as error:
            # Where the database itself fails, all of the transaction is taken back, if it is not already.
            if isinstance(error, MISTAKES) or not isinstance(error, DBAPIError):
                driver.execute("ROLLBACK TO writer")
                driver.execute("RELEASE writer")
            raise
        driver.execute("RELEASE writer")
    except sqlite3.Error as error:
        raise OperationalError("SAVEPOINT", {}, error) from error


class GroupCommit:
    """The writers of a database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._waiting = ThreadPoolExecutor(1, "writes")
        """The thread that waits for the lock and the disk."""
        self._turn = asyncio.Lock()
        self._group: _Group | None = None

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AtOnce]:
        """Open a transaction; when this ends, all of it is committed, or none.

        What is raised inside takes back what this one wrote. Where the database itself fails, all that share
        its transaction fail with it. Raises DBAPIError.
        """
        ending: asyncio.Task[None] | None = None
        try:
            async with self._turn:
                group = self._group = self._group or _Group(await self._begin())
                ending = asyncio.create_task(self._end(group))
                try:
                    with _apart(group.db):
                        yield AtOnce(group.db)
                except DBAPIError as error:
                    if not isinstance(error, MISTAKES):
                        await self._close(group, error)
                    raise
        except BaseException:
            if ending is not None:
                await asyncio.wait({ending})
                ending.exception()
            raise
        # Others wait for the same end: whoever gives up does not take it from them.
        await asyncio.shield(ending)

    async def _begin(self) -> Connection:
        opened: list[Connection] = []

        def begin() -> None:
            opened.append(self._engine.connect())
            opened[0].begin()

        try:
            await self._in_thread(begin)
        except BaseException:
            for db in opened:
                db.close()
            raise
        return opened[0]

    async def _in_thread(self, call: Callable[[], _T]) -> _T:
        """Call what may wait. Who gives up goes on when it is over: nobody else may use the connection."""
        running = asyncio.get_running_loop().run_in_executor(self._waiting, call)
        try:
            return await asyncio.shield(running)
        except asyncio.CancelledError:
            await asyncio.wait({running})
            raise

    async def _end(self, group: _Group) -> None:
        """Stand in line behind all who wait to write, then commit, unless another one of the group has.

        Raises why that failed.
        """
        async with self._turn:
            if group is self._group:
                await self._close(group)
        if group.failure is not None:
            raise group.failure

    async def _close(self, group: _Group, failure: Exception | None = None) -> None:
        """Commit what a group wrote, or take it back where the database failed."""
        self._group, group.failure = None, failure
        try:
            if failure is None:
                await self._in_thread(group.db.commit)
        except Exception as error:
            group.failure = error
        finally:
            group.db.close()
