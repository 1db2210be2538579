"""Who still needs a blob: asked before one is deleted."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import String, and_, cast, not_, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.lineage_tables import SourceRow
from storage.tables import CarryOverRow, EmbeddingRow, PictureRow


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
) -> set[str]:
    """Give those of the blobs that a picture, a job that begins with them or an embedding refers to.

    What is about to go is not asked: the pictures of the job at these indices, and these embeddings.
    """
    goes = and_(PictureRow.job_id == job_id, PictureRow.index.in_(indices))
    shown = await db.execute(select(PictureRow.blob).where(PictureRow.blob.in_(blobs), not_(goes)))
    begun = await db.execute(select(SourceRow.blob).where(SourceRow.blob.in_(blobs)))
    previews = (cast(EmbeddingRow.previews, String).contains(blob) for blob in blobs)
    embeddings = await db.execute(
        select(EmbeddingRow.file, EmbeddingRow.previews).where(
            EmbeddingRow.id.not_in(embedding_ids), or_(EmbeddingRow.file.in_(blobs), *previews)
        )
    )
    carried = await db.execute(
        select(CarryOverRow.file).where(
            CarryOverRow.file.in_(blobs), CarryOverRow.embedding_id.not_in(embedding_ids)
        )
    )
    needed = {*shown.scalars(), *begun.scalars(), *carried.scalars()}
    for file, pictures in embeddings:
        needed |= {file, *(picture["blob"] for picture in pictures)}
    return needed & set(blobs)
