"""The bot's records: jobs and where their pictures go, channels and their policies."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Connection, RowMapping, Table, event, func, make_url, select, text, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.sql.expression import ColumnElement
from sqlalchemy.util import await_only

from moderation.policy import Policy
from storage.events import Description, Failed, Finished, Picture, Result
from storage.jobs import Job
from storage.tables import Channel, JobRow, Member, PictureRow, Server

log = logging.getLogger(__name__)

_BUSY_MS = 10_000
_MIGRATION_LOCK = 0x0DA2_0000


class DatabaseAway(Exception):
    """The database cannot be used now, or not by this version of Darkroom; the message is a sentence."""


class RowState(StrEnum):
    """How far a job got, as the bot knows it.

        queued -> finished  -> posted   the pictures are in Discord
                            -> kept     there was nowhere left to post them; `/jobs` shows them
               -> failed    -> told     the member knows; `failure` says why
               -> cancelled -> told     the member knows; `failure` is None

    The first arrow is `record_result`, the second `mark_posted` or `mark_kept`. Each is taken once: a
    result that comes twice changes nothing.
    """

    QUEUED = "queued"
    FINISHED = "finished"
    FAILED = "failed"
    CANCELLED = "cancelled"
    POSTED = "posted"
    KEPT = "kept"
    TOLD = "told"


_UNDELIVERED = (RowState.FINISHED, RowState.FAILED, RowState.CANCELLED)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a job came from in Discord, and so where its pictures go.

    `token` is the interaction's, good until `token_expires_at` (15 minutes). The `source_` fields name the
    message whose button was pressed and the picture that it stands for (its job, and its index in 0..3).
    """

    guild_id: int | None
    channel_id: int
    member_id: int
    token: str | None = field(repr=False)
    token_expires_at: datetime | None
    source_message_id: int | None = None
    source_job_id: str | None = None
    source_index: int | None = None


@dataclass(frozen=True, slots=True)
class JobRecord:
    """A job and all that became of it. `message_id` is the bot's own message about it."""

    job: Job
    origin: Origin
    state: RowState
    message_id: int | None
    message_channel_id: int | None
    credits: int
    failure: str | None
    pictures: tuple[Picture, ...]
    description: Description | None
    seconds: float | None
    created_at: datetime
    finished_at: datetime | None


class Database:
    """The bot's database. Methods raise DatabaseAway when it is locked, full or unreachable."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        # In SQLite a transaction that reads first and writes later fails at once if another one wrote in
        # between; one that takes the write lock from the start waits for it (busy_timeout).
        self._writer = engine.execution_options(sqlite_begin="BEGIN IMMEDIATE")
        # SQLite lets one writer in and has the others poll, ever more slowly: here they stand in line.
        self._turn = asyncio.Lock() if engine.dialect.name == "sqlite" else nullcontext()
        self._insert = sqlite.insert if engine.dialect.name == "sqlite" else postgresql.insert
        # Rows of servers, channels and members are never deleted: what was written once is there.
        self._known: set[tuple[Table, int]] = set()

    @classmethod
    async def open(cls, url: str) -> Database:
        """Connect, and bring the tables up to date. `url` is an async SQLAlchemy URL."""
        address = make_url(url)
        if address.get_backend_name() == "sqlite" and address.database:
            folder = Path(address.database).parent
            try:
                folder.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise DatabaseAway(f"The database cannot be kept in {folder}: {error.strerror}.") from error
        engine = create_async_engine(address, pool_pre_ping=address.get_backend_name() != "sqlite")
        if engine.dialect.name == "sqlite":
            _prepare_sqlite(engine)
        database = cls(engine)
        try:
            async with database._writing() as db:
                await db.run_sync(_migrate)
        except BaseException:
            await engine.dispose()
            raise
        return database

    async def close(self) -> None:
        """Let all connections go."""
        await self._engine.dispose()

    async def add_job(self, job: Job, origin: Origin) -> None:
        """Record a job before it is enqueued, so that it cannot be lost. Adding it again changes nothing."""
        async with self._writing() as db:
            known = await self._know(db, origin.guild_id, origin.channel_id, origin.member_id)
            await db.execute(
                self._insert(_JOBS)
                .values(
                    id=job.id,
                    job=job.model_dump(mode="json"),
                    state=RowState.QUEUED,
                    server_id=origin.guild_id,
                    channel_id=origin.channel_id,
                    member_id=origin.member_id,
                    token=origin.token,
                    token_expires_at=origin.token_expires_at,
                    source_message_id=origin.source_message_id,
                    source_job_id=origin.source_job_id,
                    source_index=origin.source_index,
                    credits=job.task.pictures,
                    created_at=job.created_at,
                )
                .on_conflict_do_nothing()
            )
        self._known |= known

    async def job(self, job_id: str) -> JobRecord | None:
        """Give one job, or None."""
        found = await self._records(JobRow.id == job_id)
        return found[0] if found else None

    async def jobs_of(self, member_id: int, guild_id: int | None = None, limit: int = 10) -> list[JobRecord]:
        """List a member's jobs, newest first, in one server or (None) everywhere."""
        where = [JobRow.member_id == member_id]
        if guild_id is not None:
            where.append(JobRow.server_id == guild_id)
        return await self._records(*where, newest_first=True, limit=limit)

    async def open_jobs(self) -> list[JobRecord]:
        """List the jobs that have no result yet, oldest first."""
        return await self._records(JobRow.state == RowState.QUEUED)

    async def undelivered(self) -> list[JobRecord]:
        """List the jobs whose result is known and whose member is not told yet, oldest first."""
        return await self._records(JobRow.state.in_(_UNDELIVERED))

    async def set_message(self, job_id: str, message_id: int, channel_id: int) -> None:
        """Remember the message in which the job's progress is shown."""
        async with self._writing() as db:
            await db.execute(
                update(_JOBS)
                .where(JobRow.id == job_id)
                .values(message_id=message_id, message_channel_id=channel_id)
            )

    async def record_result(self, result: Result) -> bool:
        """Store what became of a job; False when the job has a result already or is not known.

        A failed or cancelled job costs nothing, a withheld picture neither.
        """
        finished = result if isinstance(result, Finished) else None
        made = finished.pictures if finished else ()
        description = finished.description if finished else None
        async with self._writing() as db:
            taken = await db.execute(
                update(_JOBS)
                .where(JobRow.id == result.job_id, JobRow.state == RowState.QUEUED)
                .values(
                    state=RowState(result.kind),
                    credits=sum(picture.blob is not None for picture in made),
                    failure=result.message if isinstance(result, Failed) else None,
                    seconds=finished.seconds if finished else None,
                    description=description.model_dump(mode="json") if description else None,
                    finished_at=datetime.now(UTC),
                )
            )
            if not taken.rowcount:
                return False
            if made:
                await db.execute(
                    self._insert(_PICTURES),
                    [
                        {
                            "job_id": result.job_id,
                            "index": index,
                            "blob": picture.blob,
                            "recipe": picture.recipe.model_dump(mode="json"),
                            "findings": picture.findings.model_dump(mode="json"),
                            "verdict": picture.verdict.model_dump(mode="json"),
                            "scores": picture.scores.model_dump(mode="json") if picture.scores else None,
                        }
                        for index, picture in enumerate(made)
                    ],
                )
        return True

    async def mark_posted(self, job_id: str, message_id: int, channel_id: int, shown: int) -> None:
        """Record that the member has the pictures, or was told that there are none; only those shown cost."""
        message = {"message_id": message_id, "message_channel_id": channel_id}
        async with self._writing() as db:
            this = JobRow.id == job_id
            await db.execute(
                update(_JOBS)
                .where(this, JobRow.state == RowState.FINISHED)
                .values(state=RowState.POSTED, credits=shown, **message)
            )
            await db.execute(
                update(_JOBS)
                .where(this, JobRow.state.in_((RowState.FAILED, RowState.CANCELLED)))
                .values(state=RowState.TOLD, **message)
            )

    async def mark_kept(self, job_id: str, why: str) -> None:
        """Record that the result could not be posted anywhere. A failure's own reason is not written over."""
        async with self._writing() as db:
            await db.execute(
                update(_JOBS)
                .where(JobRow.id == job_id, JobRow.state.in_(_UNDELIVERED))
                .values(state=RowState.KEPT, failure=func.coalesce(JobRow.failure, why))
            )

    async def policy(self, channel_id: int) -> Policy | None:
        """Give the policy that a moderator set for the channel, or None (which means SFW)."""
        async with self._reading() as db:
            found = (await db.execute(select(Channel.policy).where(Channel.id == channel_id))).scalar()
        if found is None:
            return None
        try:
            return Policy.model_validate(found)
        except ValidationError:
            log.exception(
                "The policy of channel %d cannot be read: the channel is treated as SFW.", channel_id
            )
            return None

    async def set_policy(
        self, guild_id: int | None, channel_id: int, policy: Policy | None, by_member_id: int
    ) -> None:
        """Set a channel's policy, or take it away with None."""
        async with self._writing() as db:
            await self._know(db, guild_id, channel_id, by_member_id)
            await db.execute(
                update(_CHANNELS)
                .where(Channel.id == channel_id)
                .values(
                    policy=None if policy is None else policy.model_dump(mode="json"),
                    opened_by=by_member_id,
                    opened_at=datetime.now(UTC),
                )
            )

    async def spent(self, member_id: int, since: datetime) -> int:
        """Sum the credits (pictures) of the jobs that a member asked for since then."""
        total = select(func.coalesce(func.sum(JobRow.credits), 0)).where(
            JobRow.member_id == member_id, JobRow.created_at >= since
        )
        async with self._reading() as db:
            return int((await db.execute(total)).scalar_one())

    async def _know(
        self, db: AsyncConnection, server_id: int | None, channel_id: int, member_id: int
    ) -> set[tuple[Table, int]]:
        """Write what is not there yet; return all three, to be remembered when the transaction is through."""
        rows: list[tuple[Table, int, dict[str, int | None]]] = [
            (_CHANNELS, channel_id, {"server_id": server_id}),
            (_MEMBERS, member_id, {}),
        ]
        if server_id is not None:
            rows.insert(0, (_SERVERS, server_id, {}))
        for table, key, more in rows:
            if (table, key) not in self._known:
                await db.execute(self._insert(table).values(id=key, **more).on_conflict_do_nothing())
        return {(table, key) for table, key, _ in rows}

    async def _records(
        self, *where: ColumnElement[bool], newest_first: bool = False, limit: int | None = None
    ) -> list[JobRecord]:
        order = JobRow.created_at.desc() if newest_first else JobRow.created_at
        async with self._reading() as db:
            jobs = (
                (await db.execute(select(_JOBS).where(*where).order_by(order).limit(limit))).mappings().all()
            )
            ids = [row["id"] for row in jobs]
            made = select(_PICTURES).where(PictureRow.job_id.in_(ids)).order_by(PictureRow.index)
            pictures = (await db.execute(made)).mappings().all() if ids else []
        of_job: dict[str, list[Picture]] = {job_id: [] for job_id in ids}
        for row in pictures:
            of_job[row["job_id"]].append(_picture(row))
        return [_record(row, of_job[row["id"]]) for row in jobs]

    @asynccontextmanager
    async def _reading(self) -> AsyncIterator[AsyncConnection]:
        async with _explained(self._engine) as db:
            yield db

    @asynccontextmanager
    async def _writing(self) -> AsyncIterator[AsyncConnection]:
        async with self._turn, _explained(self._writer) as db:
            yield db


def _table(entity: type[Any]) -> Table:
    table = entity.__table__
    assert isinstance(table, Table)
    return table


_SERVERS, _CHANNELS, _MEMBERS = _table(Server), _table(Channel), _table(Member)
_JOBS, _PICTURES = _table(JobRow), _table(PictureRow)


def _picture(row: RowMapping) -> Picture:
    return Picture(**{field: row[field] for field in Picture.model_fields})


def _record(row: RowMapping, pictures: Iterable[Picture]) -> JobRecord:
    return JobRecord(
        job=Job.model_validate(row["job"]),
        origin=Origin(
            guild_id=row["server_id"],
            channel_id=row["channel_id"],
            member_id=row["member_id"],
            token=row["token"],
            token_expires_at=row["token_expires_at"],
            source_message_id=row["source_message_id"],
            source_job_id=row["source_job_id"],
            source_index=row["source_index"],
        ),
        state=RowState(row["state"]),
        message_id=row["message_id"],
        message_channel_id=row["message_channel_id"],
        credits=row["credits"],
        failure=row["failure"],
        pictures=tuple(pictures),
        description=Description.model_validate(row["description"]) if row["description"] else None,
        seconds=row["seconds"],
        created_at=row["created_at"],
        finished_at=row["finished_at"],
    )


@asynccontextmanager
async def _explained(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """Open a transaction in which the database's troubles become DatabaseAway."""
    try:
        async with engine.begin() as db:
            yield db
    except (DataError, IntegrityError, ProgrammingError):
        # Mistakes of ours, which trying again will not mend.
        raise
    except (DBAPIError, PoolTimeout, OSError) as error:
        said = str(error.orig if isinstance(error, DBAPIError) else error)
        if "database is locked" in said:
            raise DatabaseAway("The database is locked by another program; try again.") from error
        if "disk is full" in said or "No space left on device" in said:
            raise DatabaseAway("The disk that holds the database is full.") from error
        raise DatabaseAway(f"The database cannot be used: {said.strip().splitlines()[0]}") from error


def _prepare_sqlite(engine: AsyncEngine) -> None:
    @event.listens_for(engine.sync_engine, "connect")
    def configure(connection: Any, _: Any) -> None:
        # The driver must not begin transactions behind our back; see `begin` below.
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout={_BUSY_MS}")
        _switch_to_wal(cursor)
        # With NORMAL the last commits may be lost with the power, and the row is what brings a job back.
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql(connection.get_execution_options().get("sqlite_begin", "BEGIN"))


def _switch_to_wal(cursor: Any) -> None:
    """Let readers and a writer be there together, from the first time that a database is opened on.

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


def _migrate(connection: Connection) -> None:
    # Alembic takes as long to import as the rest of this file, and only `open` needs it.
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _MIGRATION_LOCK})
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise DatabaseAway(f"The database was made by a newer version of Darkroom: {error}") from error
