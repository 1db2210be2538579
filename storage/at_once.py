"""Statements to SQLite that run where they are asked: not in another thread, nor step by step in greenlets.

Few rows that an index finds, and writes, which go to memory until they are committed, are there sooner than
another thread would have begun. SQLAlchemy's asyncio takes several times as long for them as SQLite does.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, QueuePool, create_engine, event
from sqlalchemy.ext.asyncio import AsyncConnection

_T = TypeVar("_T")


class AtOnce(AsyncConnection):
    """A connection that is used as any other one here is, and waits for nothing."""

    __slots__ = ("_connection",)

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def execute(self, statement: Any, parameters: Any = None, **options: Any) -> Any:
        """Execute a statement."""
        return self._connection.execute(statement, parameters, **options)

    async def run_sync(self, fn: Callable[..., _T], *arg: Any, **kw: Any) -> _T:
        """Call what takes SQLAlchemy's own connection."""
        return fn(self._connection, *arg, **kw)


class Glances:
    """Transactions that only read, on one connection: each is over before anybody else could begin one."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._connection: Connection | None = None

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AtOnce]:
        """Open a transaction."""
        if self._connection is None:
            self._connection = self._engine.connect()
        with self._connection.begin():
            yield AtOnce(self._connection)

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()


def engine_at_once(file: str, patience: float, *, writes: bool) -> Engine:
    """Give connections to a file; each transaction that `writes` has the lock for that from its beginning.

    A transaction that reads first and writes later fails at once if another program wrote in between; one
    that takes the lock from the start waits for it, `patience` seconds at most.
    """
    # A transaction is begun and committed in a thread, and used outside of it: never at the same time.
    opened = partial(sqlite3.connect, file, timeout=patience, isolation_level=None, check_same_thread=False)
    engine = create_engine("sqlite://", creator=opened, poolclass=QueuePool)

    @event.listens_for(engine, "connect")
    def configure(connection: sqlite3.Connection, _: Any) -> None:
        _switch_to_wal(connection, patience)
        # With NORMAL the last commits may be lost with the power, and the row is what brings a job back.
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _switch_to_wal(connection: sqlite3.Connection, patience: float) -> None:
    """Let readers work beside a writer, from the first time that a database is opened.

    While another connection writes to a database that was not switched yet, SQLite refuses at once, whatever
    `busy_timeout` says.
    """
    give_up = time.monotonic() + patience
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() >= give_up:
                raise
            time.sleep(0.05)
        else:
            return
