"""Connections that only read SQLite, and send to their thread only what touches the disk.

aiosqlite crosses to its thread and back for every call, and SQLAlchemy makes nine calls to ask one question
in a transaction of its own. The crossings take longer than the question. Here it is one crossing, and what
begins and ends a transaction is none.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import aiosqlite

_T = TypeVar("_T")
_AHEAD = 256
"""Rows that are fetched along with a statement."""


async def connect(path: str, patience: float) -> Connection:
    """Open a file; statements wait for another program's lock on it for `patience` seconds."""

    def opened() -> sqlite3.Connection:
        # Cursors are made and closed outside the thread, never while it is at work: one statement at a time.
        return sqlite3.connect(path, timeout=patience, isolation_level=None, check_same_thread=False)

    connection = Connection(opened, _AHEAD)
    # A program that ends does not wait for connections that nobody closed.
    connection._thread.daemon = True
    await connection
    return connection


class Connection(aiosqlite.Connection):
    """A connection whose statements are run in its thread, while others go on."""

    _left_alone = False
    """Whether the thread may still be at a statement that nobody waits for any more."""

    def cursor(self) -> Any:
        """Give a cursor; nothing is read or written for that."""
        return _Cursor(self, self._conn.cursor())

    async def in_thread(self, call: Callable[..., _T], *args: Any) -> _T:
        """Call what may touch the disk or wait for a lock."""
        try:
            result: _T = await self._execute(call, *args)  # type: ignore[no-untyped-call]
        except asyncio.CancelledError:
            self._left_alone = True
            raise
        self._left_alone = False
        return result

    async def at_once(self, call: Callable[..., _T], *args: Any) -> _T:
        """Call what only touches memory, but never beside the thread."""
        return await self.in_thread(call, *args) if self._left_alone else call(*args)

    async def begin(self) -> None:
        """Begin a transaction; it takes no lock before it asks something."""
        await self.at_once(self._conn.execute, "BEGIN")

    async def commit(self) -> None:
        """End the transaction."""
        await self.at_once(self._conn.commit)

    async def rollback(self) -> None:
        """End the transaction, if there is one."""
        if self._left_alone or self._conn.in_transaction:
            await self.at_once(self._conn.rollback)


class _Cursor(aiosqlite.Cursor):
    """Fetches the first rows, mostly all of them, in the same crossing as it runs the statement."""

    _conn: Connection
    _rows: list[Any]

    async def execute(self, sql: str, parameters: Iterable[Any] | None = None) -> aiosqlite.Cursor:
        self._rows = await self._conn.in_thread(self._run, sql, parameters or ())
        return self

    def _run(self, sql: str, parameters: Any) -> list[Any]:
        self._cursor.execute(sql, parameters)
        return self._cursor.fetchmany(_AHEAD) if self._cursor.description else []

    async def fetchall(self) -> list[Any]:
        ahead, self._rows = self._rows, []
        return ahead if len(ahead) < _AHEAD else [*ahead, *await super().fetchall()]

    async def fetchmany(self, size: int | None = None) -> Iterable[Any]:
        if not self._rows:
            return await super().fetchmany(size)
        size = size or self.arraysize
        ahead, self._rows = self._rows[:size], self._rows[size:]
        return ahead

    async def fetchone(self) -> Any:
        return self._rows.pop(0) if self._rows else await super().fetchone()

    async def close(self) -> None:
        self._rows = []
        await self._conn.at_once(self._cursor.close)
