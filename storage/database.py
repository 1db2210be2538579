"""The bot's database: connections, transactions and migrations. storage/records/ reads and writes in it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from sqlalchemy import URL, Connection, Engine, event, make_url, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.util import await_only

from storage.at_once import Glances, engine_at_once
from storage.errors import reason_of
from storage.group_commit import MISTAKES, GroupCommit
from storage.postgres import engine_of, remedy, said
from storage.sqlite import connect

if TYPE_CHECKING:
    from alembic.config import Config

_Begins: TypeAlias = Callable[[], AbstractAsyncContextManager[AsyncConnection]]
"""Begins a transaction, and ends it."""
_BUSY_MS = 10_000
_MIGRATION_LOCK = 0x0DA2_0000


class DatabaseAway(Exception):
    """The database cannot be used now, or not by this version of Darkroom; the message is a sentence."""


class DatabaseFull(DatabaseAway):
    """There is no room for what was to be written; reading goes on."""


class Database:
    """Connections to one database. Transactions raise DatabaseAway when it is locked, full or unreachable."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine, self._url = engine, engine.url
        self._at_once: list[Engine] = []
        self._glances: Glances | None = None
        self._glancing: _Begins = engine.begin
        self._writing: _Begins = engine.begin
        self.insert = sqlite.insert if engine.dialect.name == "sqlite" else postgresql.insert
        """The dialect's own INSERT, which knows `on_conflict_do_nothing`."""
        if engine.dialect.name == "sqlite":
            opened = partial(engine_at_once, engine.url.database or "", _BUSY_MS / 1000)
            self._at_once = [reads := opened(writes=False), writes := opened(writes=True)]
            self._glances = Glances(reads)
            self._glancing, self._writing = self._glances.reading, GroupCommit(writes).writing

    @classmethod
    async def open(cls, url: str, upto: str | None = "head") -> Database:
        """Connect, and bring the tables up to date, or to an older revision, or with None leave them alone.

        `url` is an async SQLAlchemy URL.
        """
        address = make_url(url)
        if file := file_of(url):
            folder = file.parent
            try:
                folder.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise DatabaseAway(f"The database cannot be kept in {folder}: {reason_of(error)}.") from error
        engine = _sqlite(address) if address.get_backend_name() == "sqlite" else engine_of(address)
        database = cls(engine)
        if upto is None:
            return database
        try:
            async with database.writing() as db:
                await db.run_sync(_migrate, upto)
        except BaseException:
            await engine.dispose()
            raise
        return database

    async def is_behind(self) -> bool:
        """Say whether the tables are those of an earlier version, which may be at work with them."""
        async with self.reading() as db:
            return await db.run_sync(_is_behind)

    async def try_writing(self) -> None:
        """Write something and take it back. Raises DatabaseAway, as where there is no room for it."""
        async with self.writing() as db:
            await db.execute(text("CREATE TABLE darkroom_probe (said TEXT)"))
            await db.execute(text("INSERT INTO darkroom_probe VALUES (:said)"), {"said": "doctor" * 1000})
            await db.execute(text("DROP TABLE darkroom_probe"))

    async def close(self) -> None:
        """Close all connections."""
        await self._engine.dispose()
        if self._glances is not None:
            self._glances.close()
        for engine in self._at_once:
            engine.dispose()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """Open a transaction that only reads."""
        with _explained(self._url):
            async with self._engine.begin() as db:
                yield db

    @asynccontextmanager
    async def glancing(self) -> AsyncIterator[AsyncConnection]:
        """Open a transaction that only reads few rows, which an index finds.

        SQLite has them sooner than another thread would have begun, so nobody else goes on meanwhile.
        """
        with _explained(self._url):
            async with self._glancing() as db:
                yield db

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """Open a transaction that writes: all of it is committed, or none."""
        with _explained(self._url):
            async with self._writing() as db:
                yield db


def file_of(url: str) -> Path | None:
    """Give the file that SQLite keeps a database in; None for one on a server."""
    address = make_url(url)
    kept = address.get_backend_name() == "sqlite" and address.database
    return Path(address.database or "") if kept else None


@contextmanager
def _explained(address: URL) -> Iterator[None]:
    """Turn the database's errors into DatabaseAway."""
    try:
        yield
    except MISTAKES as error:
        if remedy(error.orig or error, address) is None:
            # A mistake of ours, which neither trying again nor anybody else will mend.
            raise
        raise DatabaseAway(said(error.orig or error, address)) from error
    except (DBAPIError, PoolTimeout, OSError) as error:
        trouble = error.orig if isinstance(error, DBAPIError) and error.orig else error
        if "database is locked" in str(trouble):
            raise DatabaseAway("The database is locked by another program; try again.") from error
        if "disk is full" in str(trouble) or "No space left on device" in str(trouble):
            raise DatabaseFull("The disk that holds the database is full: make room there.") from error
        raise DatabaseAway(said(trouble, address)) from error


def _sqlite(address: URL) -> AsyncEngine:
    engine = create_async_engine(
        address, async_creator=partial(connect, address.database or "", _BUSY_MS / 1000)
    )

    @event.listens_for(engine.sync_engine, "begin")
    def begin(connection: Connection) -> None:
        driver = connection.connection.driver_connection
        assert driver is not None
        await_only(driver.begin())

    return engine


async def take_back(url: str, revision: str) -> None:
    """Undo what later versions changed in a database, down to a revision that an earlier one reads.

    What has no place there is lost. Raises DatabaseAway, also for a revision that never was.
    """
    address = make_url(url)
    of_a_file = address.get_backend_name() == "sqlite"
    engine = create_async_engine(address) if of_a_file else engine_of(address)
    try:
        async with engine.begin() as db:
            await db.run_sync(_migrate, revision, back=True)
    except SQLAlchemyError as error:
        raise DatabaseAway(f"The database cannot be taken back: {reason_of(error)}.") from error
    finally:
        await engine.dispose()


def _alembic() -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    return config


def _is_behind(connection: Connection) -> bool:
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory

    found = MigrationContext.configure(connection).get_current_revision()
    ours = ScriptDirectory.from_config(_alembic())
    earlier = {each.revision for each in ours.walk_revisions()} - {ours.get_current_head()}
    return found in earlier


def _migrate(connection: Connection, to: str, *, back: bool = False) -> None:
    # Alembic takes as long to import as the rest of this file, and only `open` needs it.
    from alembic import command
    from alembic.script import ScriptDirectory
    from alembic.util import CommandError

    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _MIGRATION_LOCK})
    config = _alembic()
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
