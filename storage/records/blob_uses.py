"""Who still needs a blob: asked before one is deleted."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import String, and_, cast, func, not_, or_, select, true
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.expression import ColumnElement

from storage.lineage_tables import SourceRow
from storage.tables import CarryOverRow, EmbeddingRow, JobRow, PictureRow

_TOLD = EmbeddingRow.previews, EmbeddingRow.recipe
"""What an embedding tells of pictures."""


async def carried_files(db: AsyncConnection, embedding_ids: Collection[int]) -> list[tuple[int, str]]:
    """Give the files of embeddings for other checkpoints than they were made for, each with its embedding."""
    found = select(CarryOverRow.embedding_id, CarryOverRow.file).where(
        CarryOverRow.embedding_id.in_(embedding_ids), CarryOverRow.file.is_not(None)
    )
    return [(row.embedding_id, row.file or "") for row in await db.execute(found)]


async def still_needed(
    db: AsyncConnection,
    blobs: Collection[str],
    *,
    job_id: str = "",
    indices: Collection[int] = (),
    embedding_ids: Collection[int] = (),
    begun_by: Collection[str] = (),
) -> set[str]:
    """Give those of the blobs that a picture, a job that begins with them or an embedding refers to.

    What is about to go is not asked: the pictures of the job at these indices, these embeddings with the jobs
    that trained them, and what the jobs in `begun_by` begin with.
    """
    goes = and_(PictureRow.job_id == job_id, PictureRow.index.in_(indices))
    shown = await db.execute(select(PictureRow.blob).where(PictureRow.blob.in_(blobs), not_(goes)))
    others = not_(_trained(embedding_ids)) if embedding_ids else true()
    others = and_(others, SourceRow.job_id.not_in(begun_by))
    begun = await db.execute(select(SourceRow.blob).where(SourceRow.blob.in_(blobs), others))
    said = (cast(told, String).contains(blob) for told in _TOLD for blob in blobs)
    embeddings = await db.execute(
        select(EmbeddingRow.file, *_TOLD, EmbeddingRow.signed_by).where(
            EmbeddingRow.id.not_in(embedding_ids),
            EmbeddingRow.file.is_not(None),
            or_(EmbeddingRow.file.in_(blobs), *said),
        )
    )
    carried = await db.execute(
        select(CarryOverRow.file).where(
            CarryOverRow.file.in_(blobs), CarryOverRow.embedding_id.not_in(embedding_ids)
        )
    )
    needed = {*shown.scalars(), *begun.scalars(), *carried.scalars()}
    for file, pictures, recipe, signed_by in embeddings:
        needed |= {file, *(picture["blob"] for picture in pictures)}
        needed |= learned_from(recipe, signed_by)
    return needed & set(blobs)


def learned_from(recipe: Mapping[str, Any] | None, signed_by: str | None) -> set[str]:
    """Give the pictures that an embedding was trained from, if that was in its server, as its recipe says."""
    examples = (recipe or {}).get("examples") if signed_by is None else None
    return {each["image"] for each in examples if "image" in each} if isinstance(examples, list) else set()


def _trained(embedding_ids: Collection[int]) -> ColumnElement[bool]:
    """Say whether a source is of a job that made one of these embeddings, or the captions for that."""
    task = JobRow.job["task"]
    word = func.coalesce(task["word"].as_string(), task["training"]["word"].as_string())
    made_it = and_(
        JobRow.server_id == EmbeddingRow.server_id,
        JobRow.member_id == EmbeddingRow.owner_id,
        JobRow.created_at <= EmbeddingRow.created_at,
        word == EmbeddingRow.name,
    )
    of_member = select(JobRow.id).join(EmbeddingRow, made_it).where(EmbeddingRow.id.in_(embedding_ids))
    carried = select(CarryOverRow.job_id).where(CarryOverRow.embedding_id.in_(embedding_ids))
    return or_(SourceRow.job_id.in_(of_member), SourceRow.job_id.in_(carried))
