"""The records of jobs: where each came from, how far it got, and what it made."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from pydantic import ValidationError
from sqlalchemy import RowMapping, bindparam, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.expression import ColumnElement

from moderation.told import Told, told_of
from storage.database import Database, DatabaseAway
from storage.events import Description, Failed, Finished, Picture, Result
from storage.jobs import Job
from storage.manner import Way
from storage.records.ledger import Ledger, Payer
from storage.records.lineage import Lineage
from storage.records.of_shards import of_shards
from storage.records.origin import Origin, columns_of, origin_of
from storage.records.picture_rows import picture_of, row_of
from storage.records.references import References
from storage.records.word_names import refuse_taken
from storage.sentences import Sent
from storage.shards import ALL, Shards
from storage.tables import JobRow, PictureRow, table_of
from storage.training import Train
from storage.versions import TooNew, recognising_news

log = logging.getLogger(__name__)

_JOBS, _PICTURES = table_of(JobRow), table_of(PictureRow)
# Built once: they are asked with each job, some of them several times.
_STATE = select(_JOBS.c.state).where(_JOBS.c.id == bindparam("job"))
_ONE = select(_JOBS).where(_JOBS.c.id == bindparam("job"))
_WHERE_FROM = select(_JOBS.c.id, _JOBS.c.server_id)
_MADE = select(_PICTURES).where(_PICTURES.c.job_id == bindparam("job")).order_by(_PICTURES.c.index)
_CHANGE = update(_JOBS).where(_JOBS.c.id == bindparam("this"))
_MOVE = _CHANGE.where(_JOBS.c.state == bindparam("from"))
_HOW_MANY_MADE = select(func.count()).select_from(_PICTURES).where(_PICTURES.c.job_id == bindparam("job"))


class NewerRecord(DatabaseAway):
    """A job that a newer bot recorded is to be read by this one; the message is a sentence."""


class RowState(StrEnum):
    """How far a job got, as the bot knows it.

        queued -> finished  -> posted   the pictures are in Discord
                            -> kept     they are stored, with nowhere to be posted; `/jobs` shows them
                                        -> posted   the member has fetched them
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

    @property
    def is_closed(self) -> bool:
        """Say whether nothing is left to do: the pictures are posted or in `/jobs`, or the member knows."""
        return self in (RowState.POSTED, RowState.KEPT, RowState.TOLD)


UNDELIVERED = (RowState.FINISHED, RowState.FAILED, RowState.CANCELLED)
"""The result is known, and the member is not told yet."""
_PAGE = 200


@dataclass(frozen=True, slots=True)
class JobRecord:
    """A job and all that became of it. `message_id` is the bot's own message about it.

    `way` is the one that its result takes since those before it led nowhere.
    """

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
    way: Way | None = None


class JobRecords:
    """The jobs in a database. Methods raise DatabaseAway."""

    def __init__(self, database: Database, ledger: Ledger | None = None) -> None:
        self._database = database
        self._ledger = ledger or Ledger(database)
        self._references = References(database)
        self._lineage = Lineage(database)
        self._add = database.insert(_JOBS).on_conflict_do_nothing()
        self._unreadable: set[str] = set()

    async def add(self, job: Job, origin: Origin, price: int = 0) -> bool:
        """Record a job before it is enqueued, so that it cannot be lost, and reserve what it costs.

        Adding it again changes nothing and gives False. What is known of the member's taste is not recorded
        with it: who has that forgotten means it. Raises NotEnough, and NameTaken
        for a word that is to be trained.
        """
        async with self._database.writing() as db:
            if isinstance(job.task, Train) and origin.guild_id is not None:
                await refuse_taken(db, origin.guild_id, job.task.word, but=job.id)
            written = await self._references.write(db, origin.guild_id, origin.channel_id, origin.member_id)
            row = {
                "id": job.id,
                "job": job.model_dump(mode="json", exclude={"taste"}),
                "state": RowState.QUEUED,
                "credits": job.task.pictures,
                "created_at": job.created_at,
                **columns_of(origin),
            }
            added = await db.execute(self._add, row)
            if added.rowcount:
                await self._lineage.add(db, job)
                await self._ledger.hold(db, Payer(origin.guild_id, origin.member_id), job.id, price)
        self._references.remember(written)
        return added.rowcount > 0

    async def withdraw(self, job_id: str) -> None:
        """Close a job that was never enqueued and whose member heard nothing of it; it costs nothing."""
        async with self._database.writing() as db:
            closed = {"state": RowState.TOLD, "credits": 0, "finished_at": datetime.now(UTC)}
            withdrawn = await db.execute(_MOVE, {"this": job_id, "from": RowState.QUEUED, **closed})
            if withdrawn.rowcount:
                await self._ledger.settle(db, job_id, 0, 0)

    async def get(self, job_id: str) -> JobRecord | None:
        """Give one job, or None. Raises NewerRecord."""
        async with self._database.glancing() as db:
            row = (await db.execute(_ONE, {"job": job_id})).mappings().first()
            pictures = (await db.execute(_MADE, {"job": job_id})).mappings().all() if row else ()
        try:
            return _record(row, pictures) if row else None
        except TooNew as error:
            raise NewerRecord(told_of(error)) from error

    async def state(self, job_id: str) -> RowState | None:
        """Say how far a job got, or None if there is no such job."""
        async with self._database.glancing() as db:
            found = (await db.execute(_STATE, {"job": job_id})).scalar()
        return None if found is None else RowState(found)

    async def of_message(self, channel_id: int, message_id: int) -> JobRecord | None:
        """Give the job whose answer a message is, or None. Raises NewerRecord."""
        this = _JOBS.c.message_channel_id == channel_id, _JOBS.c.message_id == message_id
        async with self._database.reading() as db:
            found = (await db.execute(select(_JOBS.c.id).where(*this))).scalar()
        return None if found is None else await self.get(found)

    async def of_member(
        self, member_id: int, guild_id: int | None = None, limit: int = 10
    ) -> list[JobRecord]:
        """List a member's jobs, newest first, in one server or (None) everywhere."""
        where = [_JOBS.c.member_id == member_id]
        if guild_id is not None:
            where.append(_JOBS.c.server_id == guild_id)
        return await self._records(*where, newest_first=True, limit=limit)

    async def unfinished(self) -> list[JobRecord]:
        """List the jobs that have no result yet, oldest first."""
        return [record async for page in self.in_pages(RowState.QUEUED) for record in page]

    async def in_pages(self, *states: RowState, shards: Shards = ALL) -> AsyncIterator[list[JobRecord]]:
        """Yield the jobs in these states, oldest first and a page at a time: there may be thousands."""
        there = _JOBS.c.state.in_(states), of_shards(shards, _JOBS.c.server_id)
        found = select(_JOBS.c.id).where(*there).order_by(_JOBS.c.created_at)
        async with self._database.reading() as db:
            ids = (await db.execute(found)).scalars().all()
        for start in range(0, len(ids), _PAGE):
            yield await self._records(_JOBS.c.id.in_(ids[start : start + _PAGE]), _JOBS.c.state.in_(states))

    async def servers(self, job_ids: Iterable[str]) -> dict[str, int | None]:
        """Give the server of each of these jobs that is known, None for one that is of none."""
        here, asked = dict[str, int | None](), list(job_ids)
        async with self._database.reading() as db:
            for start in range(0, len(asked), _PAGE):
                these = _JOBS.c.id.in_(asked[start : start + _PAGE])
                here |= {row.id: row.server_id for row in await db.execute(_WHERE_FROM.where(these))}
        return here

    async def set_message(self, job_id: str, message_id: int, channel_id: int) -> None:
        """Remember the message in which the job's progress is shown."""
        async with self._database.writing() as db:
            message = {"this": job_id, "message_id": message_id, "message_channel_id": channel_id}
            await db.execute(_CHANGE, message)

    async def record_result(self, result: Result) -> bool:
        """Store what became of a job; False when the job has a result already or is not known.

        A failed or cancelled job costs nothing, a withheld picture neither.
        """
        finished = result if isinstance(result, Finished) else None
        made = finished.pictures if finished else ()
        description = finished.description if finished else None
        failed = result if isinstance(result, Failed) else None
        async with self._database.writing() as db:
            found = {
                "state": RowState(result.kind),
                "credits": sum(picture.blob is not None for picture in made),
                "failure": failed.message if failed else None,
                "failure_sent": failed.sent.model_dump() if failed and failed.sent else None,
                "seconds": finished.seconds if finished else None,
                "description": description.model_dump(mode="json") if description else None,
                "finished_at": datetime.now(UTC),
            }
            taken = await db.execute(_MOVE, {"this": result.job_id, "from": RowState.QUEUED, **found})
            if not taken.rowcount:
                return False
            if finished is None:
                await self._ledger.settle(db, result.job_id, 0, 0)
            if made:
                await db.execute(
                    self._database.insert(_PICTURES),
                    [row_of(result.job_id, index, picture) for index, picture in enumerate(made)],
                )
        return True

    async def describe(self, job_id: str, description: Description) -> None:
        """Put what a member says in the place of what was found in words."""
        async with self._database.writing() as db:
            await db.execute(_CHANGE, {"this": job_id, "description": description.model_dump(mode="json")})

    async def write_off(self, job_id: str) -> None:
        """Note that a finished job costs nothing, whatever its member is told of it."""
        async with self._database.writing() as db:
            await db.execute(_MOVE, {"this": job_id, "from": RowState.FINISHED, "credits": 0})

    async def take_way(self, job_id: str, way: Way) -> None:
        """Note, before a result takes another way, that those before it led nowhere.

        If the bot dies on this one, the next bot goes on here, even where another way is open again.
        """
        async with self._database.writing() as db:
            await db.execute(_CHANGE, {"this": job_id, "way": way})

    async def mark_posted(self, job_id: str, message_id: int, channel_id: int, shown: int) -> None:
        """Record that the member has the pictures, or was told that there are none; only those shown cost."""
        message = {"message_id": message_id, "message_channel_id": channel_id}
        async with self._database.writing() as db:
            posted = {"from": RowState.FINISHED, "state": RowState.POSTED, "credits": shown, **message}
            if (await db.execute(_MOVE, {"this": job_id, **posted})).rowcount:
                await self._settle(db, job_id, shown)
                return
            await db.execute(
                update(_JOBS)
                .where(_JOBS.c.id == job_id, _JOBS.c.state.in_((RowState.FAILED, RowState.CANCELLED)))
                .values(state=RowState.TOLD, **message)
            )

    async def mark_kept(self, job_id: str, why: str) -> None:
        """Record that the result could not be posted anywhere. The reason of a failure is not overwritten."""
        async with self._database.writing() as db:
            kept = await db.execute(
                update(_JOBS)
                .where(_JOBS.c.id == job_id, _JOBS.c.state.in_(UNDELIVERED))
                .values(state=RowState.KEPT, failure=func.coalesce(_JOBS.c.failure, why))
                .returning(_JOBS.c.credits)
            )
            if (shown := kept.scalar()) is not None:
                await self._settle(db, job_id, shown)

    async def mark_fetched(self, job_id: str) -> None:
        """Record that the member has fetched the pictures that could not be posted."""
        empty = dict.fromkeys(("failure", "message_id", "message_channel_id"))
        fetched = {"this": job_id, "from": RowState.KEPT, "state": RowState.POSTED, **empty}
        async with self._database.writing() as db:
            await db.execute(_MOVE, fetched)

    async def _settle(self, db: AsyncConnection, job_id: str, shown: int) -> None:
        """Pay for those of a job's pictures that the member gets."""
        made = (await db.execute(_HOW_MANY_MADE, {"job": job_id})).scalar_one()
        await self._ledger.settle(db, job_id, shown, int(made))

    async def _records(
        self, *where: ColumnElement[bool], newest_first: bool = False, limit: int | None = None
    ) -> list[JobRecord]:
        """List the jobs that can be read: one that cannot, because a newer bot wrote it, hides no other."""
        records = []
        for row, pictures in await self._rows(*where, newest_first=newest_first, limit=limit):
            try:
                records.append(_record(row, pictures))
            except (TooNew, ValidationError) as error:
                self._passed_over(row["id"], error)
        return records

    async def _rows(
        self, *where: ColumnElement[bool], newest_first: bool = False, limit: int | None = None
    ) -> list[tuple[RowMapping, list[RowMapping]]]:
        """Select jobs, each with its pictures."""
        order = _JOBS.c.created_at.desc() if newest_first else _JOBS.c.created_at
        found = select(_JOBS).where(*where).order_by(order).limit(limit)
        async with self._database.reading() as db:
            jobs = (await db.execute(found)).mappings().all()
            ids = [row["id"] for row in jobs]
            made = select(_PICTURES).where(_PICTURES.c.job_id.in_(ids)).order_by(_PICTURES.c.index)
            pictures = (await db.execute(made)).mappings().all() if ids else []
        of_job: dict[str, list[RowMapping]] = {job_id: [] for job_id in ids}
        for row in pictures:
            of_job[row["job_id"]].append(row)
        return [(row, of_job[row["id"]]) for row in jobs]

    def _passed_over(self, job_id: str, error: ValueError) -> None:
        if job_id not in self._unreadable:
            log.error("Job %s is left as it is: %s", job_id, error)
            self._unreadable.add(job_id)


def _record(row: RowMapping, pictures: Iterable[RowMapping]) -> JobRecord:
    """Read a job and its pictures. Raises TooNew, and ValidationError for what no version wrote."""
    with recognising_news("job", Told("This bot is older than the one that recorded the job")):
        job, made = Job.model_validate(row["job"]), tuple(map(picture_of, pictures))
        description = Description.model_validate(row["description"]) if row["description"] else None
    return JobRecord(
        job=job,
        origin=origin_of(row),
        state=RowState(row["state"]),
        message_id=row["message_id"],
        message_channel_id=row["message_channel_id"],
        credits=row["credits"],
        failure=Sent.model_validate(row["failure_sent"]).said if row["failure_sent"] else row["failure"],
        pictures=made,
        description=description,
        seconds=row["seconds"],
        created_at=row["created_at"],
        finished_at=row["finished_at"],
        way=Way(row["way"]) if row["way"] else None,
    )
