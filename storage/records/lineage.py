"""What pictures were made from, and what was made from them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, delete, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.database import Database
from storage.jobs import Job
from storage.lineage_tables import SourceRow
from storage.records.blob_uses import still_needed
from storage.tables import CarryOverRow, EmbeddingRow, JobRow, PictureRow, table_of

_SOURCES, _PICTURES, _JOBS = table_of(SourceRow), table_of(PictureRow), table_of(JobRow)
_EMBEDDINGS, _CARRIED = table_of(EmbeddingRow), table_of(CarryOverRow)


@dataclass(frozen=True, slots=True)
class Ancestor:
    """A picture of a job, by its index, from which another job began."""

    job_id: str
    index: int


class Lineage:
    """Which jobs began with pictures of which others. Methods raise DatabaseAway."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, db: AsyncConnection, job: Job) -> None:
        """Note what a job begins with, in the transaction that records it."""
        if blobs := sorted(set(job.task.sources)):
            await db.execute(
                self._database.insert(_SOURCES).on_conflict_do_nothing(),
                [{"job_id": job.id, "blob": blob} for blob in blobs],
            )

    async def parents(self, job_id: str) -> list[Ancestor]:
        """List the pictures that a job began with, as far as jobs of ours made them, the oldest first.

        The first one counts where two jobs have made the very same picture.
        """
        made = _SOURCES.join(_PICTURES, _PICTURES.c.blob == _SOURCES.c.blob)
        found = (
            select(_PICTURES.c.blob, _PICTURES.c.job_id, _PICTURES.c.index)
            .select_from(made.join(_JOBS, _JOBS.c.id == _PICTURES.c.job_id))
            .where(_SOURCES.c.job_id == job_id, _PICTURES.c.job_id != job_id)
            .order_by(_JOBS.c.created_at, _PICTURES.c.index)
        )
        first: dict[str, Ancestor] = {}
        async with self._database.reading() as db:
            for blob, maker, index in await db.execute(found):
                first.setdefault(blob, Ancestor(maker, index))
        return list(first.values())

    async def roots(self, blobs: Collection[str]) -> set[str]:
        """Give those blobs from which all of these were made and that no job of ours made.

        Who gave back a picture as it was did not make it.
        """
        begun_with_it = (
            select(_SOURCES.c.job_id)
            .where(_SOURCES.c.job_id == _PICTURES.c.job_id, _SOURCES.c.blob == _PICTURES.c.blob)
            .exists()
        )
        roots: set[str] = set()
        known, frontier = set(blobs), set(blobs)
        async with self._database.reading() as db:
            while frontier:
                these = _PICTURES.c.blob.in_(frontier)
                made = select(_PICTURES.c.blob, _PICTURES.c.job_id).where(these, ~begun_with_it)
                makers = {(blob, job_id) for blob, job_id in await db.execute(made)}
                roots |= frontier - {blob for blob, _ in makers}
                begun = select(_SOURCES.c.blob).where(_SOURCES.c.job_id.in_({job_id for _, job_id in makers}))
                frontier = set((await db.execute(begun)).scalars()) - known
                known |= frontier
        return roots

    async def unneeded(self, job_id: str) -> set[str]:
        """Give the pictures of a training that came to nothing, or of captions for one, that nobody needs."""
        async with self._database.reading() as db:
            begun = await db.execute(select(_SOURCES.c.blob).where(_SOURCES.c.job_id == job_id))
            blobs = set(begun.scalars())
            return blobs - await still_needed(db, blobs, begun_by=await _with_captions(db, job_id))

    async def forget(self, job_id: str) -> None:
        """Forget that such a job began with its pictures, and captions for it did."""
        these = select(_SOURCES.c.blob).where(_SOURCES.c.job_id == job_id).scalar_subquery()
        async with self._database.writing() as db:
            by = _SOURCES.c.job_id.in_(await _with_captions(db, job_id))
            await db.execute(delete(_SOURCES).where(by, _SOURCES.c.blob.in_(these)))

    async def trained(self, files: Collection[str]) -> list[dict[str, Any]]:
        """Give how the embeddings and LoRAs of these files were trained, carried over or not; those noted."""
        carried = select(_CARRIED.c.embedding_id).where(_CARRIED.c.file.in_(files))
        found = select(_EMBEDDINGS.c.recipe).where(
            or_(_EMBEDDINGS.c.file.in_(files), _EMBEDDINGS.c.id.in_(carried))
        )
        async with self._database.reading() as db:
            return [recipe for recipe in (await db.execute(found)).scalars() if recipe is not None]

    async def children(self, job_id: str, limit: int) -> list[str]:
        """List the jobs that began with a picture of this one, newest first."""
        begun = _PICTURES.join(_SOURCES, _PICTURES.c.blob == _SOURCES.c.blob)
        found = (
            select(_JOBS.c.id, _JOBS.c.created_at)
            .select_from(begun.join(_JOBS, _JOBS.c.id == _SOURCES.c.job_id))
            .where(_PICTURES.c.job_id == job_id, _SOURCES.c.job_id != job_id)
            .distinct()
            .order_by(_JOBS.c.created_at.desc())
            .limit(limit)
        )
        async with self._database.reading() as db:
            return [row.id for row in (await db.execute(found)).all()]


async def _with_captions(db: AsyncConnection, job_id: str) -> list[str]:
    """Give the id of a training with those of the jobs that found captions for its pictures before."""
    training, captions = _JOBS.alias(), _JOBS.alias()
    before = and_(
        captions.c.member_id == training.c.member_id,
        captions.c.server_id == training.c.server_id,
        captions.c.created_at <= training.c.created_at,
        captions.c.job["task"]["training"]["word"].as_string() == training.c.job["task"]["word"].as_string(),
    )
    found = select(captions.c.id).join(training, before).where(training.c.id == job_id)
    return [job_id, *(await db.execute(found)).scalars()]
