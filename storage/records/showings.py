"""Which messages show a job's pictures, and which pictures nobody needs any more."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.database import Database
from storage.records.blob_uses import still_needed
from storage.records.jobs import RowState
from storage.records.reviews import HELD_KINDS, State
from storage.review_tables import ReviewRow, ShowingRow
from storage.tables import JobRow, PictureRow, table_of

_SHOWINGS, _REVIEWS = table_of(ShowingRow), table_of(ReviewRow)
_JOBS, _PICTURES = table_of(JobRow), table_of(PictureRow)
_NEEDED = (_REVIEWS.c.state == State.OPEN) | (
    _REVIEWS.c.kind.in_(HELD_KINDS) & (_REVIEWS.c.state == State.APPROVED) & _REVIEWS.c.told_at.is_(None)
)
"""Of the reviews, those whose picture is to be looked at, or to be posted."""


@dataclass(frozen=True, slots=True)
class Showing:
    """A message that shows pictures of a job."""

    channel_id: int
    message_id: int


class Showings:
    """Where pictures stand. Every write may be repeated. Methods raise DatabaseAway."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(
        self, job_id: str, indices: Sequence[int], channel_id: int, message_id: int, member_id: int
    ) -> None:
        """Remember a message, beside the answer to the job, that shows pictures of it as a member asked."""
        where = {"job_id": job_id, "channel_id": channel_id, "message_id": message_id, "member_id": member_id}
        rows = [{**where, "index": index} for index in indices]
        async with self._database.writing() as db:
            await db.execute(self._database.insert(_SHOWINGS).values(rows).on_conflict_do_nothing())

    async def of(self, job_id: str) -> list[Showing]:
        """List the messages that show pictures of a job, the answer to the job among them."""
        async with self._database.reading() as db:
            answers = await db.execute(
                select(_JOBS.c.message_channel_id, _JOBS.c.message_id).where(
                    _JOBS.c.id == job_id, _JOBS.c.message_id.is_not(None)
                )
            )
            others = await db.execute(
                select(_SHOWINGS.c.channel_id, _SHOWINGS.c.message_id).where(_SHOWINGS.c.job_id == job_id)
            )
            return [Showing(*row) for row in dict.fromkeys((*answers.all(), *others.all()))]

    async def asked_by(self, message_id: int) -> tuple[str, set[int]] | None:
        """Give the job whose picture a message shows and the members who asked for it; None for others."""
        async with self._database.reading() as db:
            answer = select(_JOBS.c.id, _JOBS.c.member_id).where(_JOBS.c.message_id == message_id)
            shown = (
                select(_JOBS.c.id, _JOBS.c.member_id, _SHOWINGS.c.member_id)
                .join(_JOBS, _JOBS.c.id == _SHOWINGS.c.job_id)
                .where(_SHOWINGS.c.message_id == message_id)
            )
            found = (await db.execute(answer)).first() or (await db.execute(shown)).first()
        return None if found is None else (found[0], set(found[1:]) - {None})

    async def shown_in(self, channel_id: int, message_id: int) -> tuple[str, int] | None:
        """Give the job and the index of the first picture that a message shows beside the answer, or None."""
        this = _SHOWINGS.c.channel_id == channel_id, _SHOWINGS.c.message_id == message_id
        shown = select(_SHOWINGS.c.job_id, _SHOWINGS.c.index).where(*this).order_by(_SHOWINGS.c.index)
        async with self._database.reading() as db:
            found = (await db.execute(shown)).first()
        return None if found is None else (found[0], found[1])

    async def index_of(self, message_id: int) -> int | None:
        """Give the index of the only picture that a message shows beside the answer; None for others."""
        shown = select(_SHOWINGS.c.index).where(_SHOWINGS.c.message_id == message_id)
        async with self._database.reading() as db:
            found = (await db.execute(shown)).scalars().all()
        return found[0] if len(found) == 1 else None

    async def forget(self, message_ids: Collection[int]) -> None:
        """Record that these messages are gone."""
        async with self._database.writing() as db:
            await db.execute(_SHOWINGS.delete().where(_SHOWINGS.c.message_id.in_(message_ids)))
            await db.execute(update(_JOBS).where(_JOBS.c.message_id.in_(message_ids)).values(message_id=None))

    async def unneeded(self, job_id: str) -> dict[int, str]:
        """Give the pictures of a job, by index, whose blobs nothing refers to any more.

        A blob is needed where a message shows the picture, where a moderator is to look at it, where another
        job's picture is the same, where another job begins with it, and where it shows an embedding. The
        answer to a job shows all of its pictures but those that a moderator rejected before they were posted.
        """
        async with self._database.reading() as db:
            if await self._is_reported(db, job_id):
                return {}
            rejected = select(_REVIEWS.c.index).where(
                _REVIEWS.c.job_id == job_id,
                _REVIEWS.c.kind.in_(HELD_KINDS),
                _REVIEWS.c.state == State.REJECTED,
            )
            is_answered = await self._is_answered(db, job_id)
            shown = select(_SHOWINGS.c.index).where(_SHOWINGS.c.job_id == job_id)
            reviewed = select(_REVIEWS.c.index).where(
                _REVIEWS.c.job_id == job_id, _REVIEWS.c.index.is_not(None), _NEEDED
            )
            rows = await db.execute(
                select(_PICTURES.c.index, _PICTURES.c.blob).where(
                    _PICTURES.c.job_id == job_id,
                    _PICTURES.c.blob.is_not(None),
                    _PICTURES.c.index.not_in(shown),
                    _PICTURES.c.index.not_in(reviewed),
                    *((_PICTURES.c.index.in_(rejected),) if is_answered else ()),
                )
            )
            candidates: dict[int, str] = dict(tuple(row) for row in rows)
            needed = await still_needed(db, set(candidates.values()), job_id=job_id, indices=candidates)
            return {index: blob for index, blob in candidates.items() if blob not in needed}

    async def release(self, job_id: str, indices: Collection[int]) -> None:
        """Record that the blobs of these pictures are deleted."""
        async with self._database.writing() as db:
            await db.execute(
                update(_PICTURES)
                .where(_PICTURES.c.job_id == job_id, _PICTURES.c.index.in_(indices))
                .values(blob=None)
            )

    async def _is_answered(self, db: AsyncConnection, job_id: str) -> bool:
        """Say whether the answer to the job stands, or is still to come."""
        open_or_there = _JOBS.c.message_id.is_not(None) | (_JOBS.c.state != RowState.POSTED)
        answered = select(_JOBS.c.id).where(_JOBS.c.id == job_id, open_or_there)
        return (await db.execute(answered)).first() is not None

    async def _is_reported(self, db: AsyncConnection, job_id: str) -> bool:
        """Say whether moderators are to look at all pictures of the job."""
        reported = select(_REVIEWS.c.id).where(
            _REVIEWS.c.job_id == job_id, _REVIEWS.c.index.is_(None), _NEEDED
        )
        return (await db.execute(reported)).first() is not None
