"""Who still needs a blob: asked before one is deleted."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import String, and_, cast, not_, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.lineage_tables import SourceRow
from storage.tables import EmbeddingRow, PictureRow


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
    needed = {*shown.scalars(), *begun.scalars()}
    for file, pictures in embeddings:
        needed |= {file, *(picture["blob"] for picture in pictures)}
    return needed & set(blobs)
