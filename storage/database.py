"""The bot's database: connections, transactions and migrations. storage/records/ reads and writes in it."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, event, make_url, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.util import await_only

from storage.errors import reason_of
from storage.group_commit import MISTAKES, GroupCommit
from storage.sqlite import connect

_BUSY_MS = 10_000
_MIGRATION_LOCK = 0x0DA2_0000


class DatabaseAway(Exception):
    """The database cannot be used now, or not by this version of Darkroom; the message is a sentence."""


class DatabaseFull(DatabaseAway):
    """There is no room for what was to be written; reading goes on."""


class Database:
    """Connections to one database. Transactions raise DatabaseAway when it is locked, full or unreachable."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._brief = engine.execution_options(sqlite_is_brief=True)
        self._writing = GroupCommit(engine).writing if engine.dialect.name == "sqlite" else engine.begin
        self.insert = sqlite.insert if engine.dialect.name == "sqlite" else postgresql.insert
        """The dialect's own INSERT, which knows `on_conflict_do_nothing`."""

    @classmethod
    async def open(cls, url: str, upto: str = "head") -> Database:
        """Connect, and bring the tables up to date, or to an older revision.

        `url` is an async SQLAlchemy URL.
        """
        address = make_url(url)
        if address.get_backend_name() == "sqlite" and address.database:
            folder = Path(address.database).parent
            try:
                folder.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise DatabaseAway(f"The database cannot be kept in {folder}: {reason_of(error)}.") from error
        engine = _sqlite(address) if address.get_backend_name() == "sqlite" else _elsewhere(address)
        database = cls(engine)
        try:
            async with database.writing() as db:
                await db.run_sync(_migrate, upto)
        except BaseException:
            await engine.dispose()
            raise
        return database

    async def try_writing(self) -> None:
        """Write something and take it back. Raises DatabaseAway, as where there is no room for it."""
        async with self.writing() as db:
            await db.execute(text("CREATE TABLE darkroom_probe (said TEXT)"))
            await db.execute(text("INSERT INTO darkroom_probe VALUES (:said)"), {"said": "doctor" * 1000})
            await db.execute(text("DROP TABLE darkroom_probe"))

    async def close(self) -> None:
        """Close all connections."""
        await self._engine.dispose()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """Open a transaction that only reads."""
        with _explained():
            async with self._engine.begin() as db:
                yield db

    @asynccontextmanager
    async def glancing(self) -> AsyncIterator[AsyncConnection]:
        """Open a transaction that only reads few rows, which an index finds.

        SQLite has them sooner than another thread would have begun, so nobody else goes on meanwhile.
        """
        with _explained():
            async with self._brief.begin() as db:
                yield db

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """Open a transaction that writes: all of it is committed, or none."""
        with _explained():
            async with self._writing() as db:
                yield db


@contextmanager
def _explained() -> Iterator[None]:
    """Turn the database's errors into DatabaseAway."""
    try:
        yield
    except MISTAKES:
        # Mistakes of ours, which trying again will not mend.
        raise
    except (DBAPIError, PoolTimeout, OSError) as error:
        trouble = error.orig if isinstance(error, DBAPIError) and error.orig else error
        said = str(trouble)
        if "database is locked" in said:
            raise DatabaseAway("The database is locked by another program; try again.") from error
        if "disk is full" in said or "No space left on device" in said:
            raise DatabaseFull("The disk that holds the database is full: make room there.") from error
        raise DatabaseAway(f"The database cannot be used: {reason_of(trouble)}") from error


def _elsewhere(address: URL) -> AsyncEngine:
    return create_async_engine(address, pool_pre_ping=True)


def _sqlite(address: URL) -> AsyncEngine:
    file = address.database or ":memory:"
    engine = create_async_engine(address, async_creator=partial(connect, file, _BUSY_MS / 1000))

    @event.listens_for(engine.sync_engine, "connect")
    def configure(connection: Any, _: Any) -> None:
        cursor = connection.cursor()
        _switch_to_wal(cursor)
        # With NORMAL the last commits may be lost with the power, and the row is what brings a job back.
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def begin(connection: Connection) -> None:
        options, driver = connection.get_execution_options(), connection.connection.driver_connection
        assert driver is not None
        if options.get("sqlite_writes"):
            driver.writes = driver.is_brief = False
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            driver.writes = True
        else:
            await_only(driver.begin(is_brief=options.get("sqlite_is_brief", False)))

    return engine


def _switch_to_wal(cursor: Any) -> None:
    """Let readers work beside a writer, from the first time that a database is opened.

    While another connection writes to a database that was not switched yet, SQLite refuses at once, whatever
    `busy_timeout` says.
    """
    give_up = time.monotonic() + _BUSY_MS / 1000
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() >= give_up:
                raise
            await_only(asyncio.sleep(0.05))
        else:
            return


async def take_back(url: str, revision: str) -> None:
    """Undo what later versions changed in a database, down to a revision that an earlier one reads.

    What has no place there is lost. Raises DatabaseAway, also for a revision that never was.
    """
    engine = create_async_engine(make_url(url))
    try:
        async with engine.begin() as db:
            await db.run_sync(_migrate, revision, back=True)
    except SQLAlchemyError as error:
        raise DatabaseAway(f"The database cannot be taken back: {reason_of(error)}.") from error
    finally:
        await engine.dispose()


def _migrate(connection: Connection, to: str, *, back: bool = False) -> None:
    # Alembic takes as long to import as the rest of this file, and only `open` needs it.
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory
    from alembic.util import CommandError

    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _MIGRATION_LOCK})
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.attributes["connection"] = connection
    try:
        (command.downgrade if back else command.upgrade)(config, to)
    except CommandError as error:
        if back:
            raise DatabaseAway(f"The database cannot be taken back to {to}: {error}.") from error
        ours = ScriptDirectory.from_config(config).get_current_head()
        raise DatabaseAway(
            "The database was made by a newer version of Darkroom. To go on with this one, take it back with "
            f"that one: darkroom database --take-back-to {ours}"
        ) from error
