"""What pictures were made to show, all the way back: by the jobs that made them, or as their files say."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from moderation.said import Said
from storage.database import Database
from storage.lineage_tables import ShownRow, SourceRow
from storage.recipe import AnyRecipe
from storage.tables import JobRow, PictureRow, table_of

_SOURCES, _PICTURES, _JOBS = table_of(SourceRow), table_of(PictureRow), table_of(JobRow)
_SHOWN = table_of(ShownRow)
_RECIPE: TypeAdapter[AnyRecipe] = TypeAdapter(AnyRecipe)


def words_of(recipe: AnyRecipe) -> tuple[str, ...]:
    """Give the texts that say what a picture was made to show."""
    return Said(recipe.prompt, recipe.negative_prompt, beside=recipe.beside).texts_wanted


class ShownWords:
    """What pictures were made to show. Methods raise DatabaseAway."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def note(self, blob: str, words: Iterable[str]) -> None:
        """Note what a picture that a member brought was made to show; nothing that was noted is forgotten."""
        rows = [{"blob": blob, "digest": _digest(text), "words": text} for text in dict.fromkeys(words)]
        if rows:
            async with self._database.writing() as db:
                await db.execute(self._database.insert(_SHOWN).on_conflict_do_nothing(), rows)

    async def of(self, blobs: Collection[str]) -> tuple[str, ...]:
        """Give the texts of these pictures and of all that they go back to, each once, the nearest first.

        A job tells what it went back to, so that nothing is lost where pictures on the way are deleted.
        """
        found: dict[str, None] = {}
        known, frontier = set(blobs), set(blobs)
        async with self._database.reading() as db:
            while frontier:
                told = select(_SHOWN.c.words).where(_SHOWN.c.blob.in_(frontier)).order_by(_SHOWN.c.digest)
                found |= dict.fromkeys((await db.execute(told)).scalars())
                makers = set[str]()
                for row in await _made(db, frontier):
                    makers.add(row["job_id"])
                    found |= dict.fromkeys(_told(row))
                begun = select(_SOURCES.c.blob).where(_SOURCES.c.job_id.in_(makers))
                frontier = set((await db.execute(begun)).scalars()) - known
                known |= frontier
        return tuple(found)


async def _made(db: AsyncConnection, blobs: Collection[str]) -> list[Mapping[str, Any]]:
    """Give how jobs of ours made these pictures, and what those jobs went back to."""
    made = (
        select(_PICTURES.c.job_id, _PICTURES.c.recipe, _JOBS.c.job["shows"].label("shows"))
        .join(_JOBS, _JOBS.c.id == _PICTURES.c.job_id)
        .where(_PICTURES.c.blob.in_(blobs))
        .order_by(_JOBS.c.created_at, _PICTURES.c.index)
    )
    return [dict(row) for row in (await db.execute(made)).mappings()]


def _told(row: Mapping[str, Any]) -> Iterator[str]:
    yield from words_of(_RECIPE.validate_python(row["recipe"]))
    yield from row["shows"] or ()


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()
