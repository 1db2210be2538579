"""What members chose among the pictures of a job, how they rated words, and who learns from it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Select, delete, func, select, update
from sqlalchemy.sql.expression import ColumnElement

from storage.clip_vector import ClipVector
from storage.database import Database
from storage.manner import Manner
from storage.records.references import References
from storage.tables import (
    ChoiceRow,
    EmbeddingOpinion,
    EmbeddingRow,
    EmbeddingUse,
    JobRow,
    PictureRow,
    table_of,
)

_CHOICES, _PICTURES, _OPINIONS = table_of(ChoiceRow), table_of(PictureRow), table_of(EmbeddingOpinion)
_LOOKS_EACH = 8
"""Pictures by which it is known what a word looks like, the last ones that were drawn with it."""
_MOST_LOOKS = 800


@dataclass(frozen=True, slots=True)
class Chosen:
    """A picture that was chosen, or thrown away if it is not `liked`, and what stood beside it.

    `looks` are those of all pictures of the job, by their index; None for one that nobody looked at.
    """

    job_id: str
    index: int
    liked: bool
    looks: tuple[ClipVector | None, ...]


@dataclass(frozen=True, slots=True)
class Rated:
    """How many `stars` a member gave a word, and what CLIP saw in pictures that were drawn with it."""

    member_id: int
    stars: int
    looks: tuple[ClipVector, ...]


class TasteRecords:
    """The choices and ratings in a database. Methods raise DatabaseAway."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._references = References(database)

    async def note(
        self, member_id: int, server_id: int | None, job_id: str, index: int, *, liked: bool
    ) -> None:
        """Note that a member chose a picture of a job, or threw it away, in place of what they did before.

        Only the member learns from what has no server.
        """
        values = {"liked": liked, "server_id": server_id, "at": datetime.now(UTC)}
        async with self._database.writing() as db:
            written = await self._references.write(db, server_id, None, member_id)
            await db.execute(
                self._database.insert(_CHOICES)
                .values(member_id=member_id, job_id=job_id, index=index, **values)
                .on_conflict_do_update(index_elements=["member_id", "job_id", "index"], set_=values)
            )
        self._references.remember(written)

    async def of_member(self, member_id: int, limit: int) -> list[Chosen]:
        """List what a member chose last, the newest first."""
        return await self._chosen(select(_CHOICES).where(ChoiceRow.member_id == member_id), limit)

    async def of_server(self, server_id: int, limit: int) -> list[Chosen]:
        """List what the members of a server chose last, the newest first."""
        return await self._chosen(select(_CHOICES).where(ChoiceRow.server_id == server_id), limit)

    async def rated_by(self, member_id: int) -> list[Rated]:
        """List the words that a member rated, as far as something that they may see was drawn with them."""
        theirs = JobRow.member_id == member_id
        return await self._rated(
            EmbeddingOpinion.member_id == member_id, EmbeddingOpinion.teaches.is_(True), _is_public() | theirs
        )

    async def rated_in(self, server_id: int) -> list[Rated]:
        """List how the members of a server rated its words, as far as something was drawn with them."""
        here = EmbeddingRow.server_id == server_id
        return await self._rated(here, EmbeddingOpinion.teaches_server.is_(True), _is_public())

    async def count(self, member_id: int) -> int:
        """Count what a member chose, and the words that they rated."""
        chosen = select(func.count()).select_from(_CHOICES).where(ChoiceRow.member_id == member_id)
        rated = (
            select(func.count())
            .select_from(_OPINIONS)
            .where(EmbeddingOpinion.member_id == member_id, EmbeddingOpinion.teaches)
        )
        async with self._database.reading() as db:
            return sum([int((await db.execute(each)).scalar_one()) for each in (chosen, rated)])

    async def keep_from_servers(self, member_id: int) -> None:
        """Let no server learn any more from what a member chose and rated so far."""
        opinions = update(_OPINIONS).where(EmbeddingOpinion.member_id == member_id)
        async with self._database.writing() as db:
            await db.execute(update(_CHOICES).where(ChoiceRow.member_id == member_id).values(server_id=None))
            await db.execute(opinions.values(teaches_server=False))

    async def forget(self, member_id: int) -> None:
        """Forget all that a member chose, the server's taste included; words keep their stars."""
        opinions = update(_OPINIONS).where(EmbeddingOpinion.member_id == member_id)
        async with self._database.writing() as db:
            await db.execute(delete(_CHOICES).where(ChoiceRow.member_id == member_id))
            await db.execute(opinions.values(teaches=False, teaches_server=False))

    async def _rated(self, *where: ColumnElement[bool]) -> list[Rated]:
        rating = (EmbeddingOpinion.member_id, EmbeddingOpinion.embedding_id)
        lately = (JobRow.created_at.desc(), PictureRow.index)
        place = func.row_number().over(partition_by=rating, order_by=lately).label("place")
        drawn = (
            select(*rating, EmbeddingOpinion.stars, PictureRow.look, place)
            .join(EmbeddingRow, EmbeddingRow.id == EmbeddingOpinion.embedding_id)
            .join(EmbeddingUse, EmbeddingUse.embedding_id == EmbeddingOpinion.embedding_id)
            .join(JobRow, JobRow.id == EmbeddingUse.job_id)
            .join(PictureRow, PictureRow.job_id == JobRow.id)
            .where(*where, PictureRow.look.is_not(None))
            .subquery()
        )
        few = select(drawn).where(drawn.c.place <= _LOOKS_EACH)
        async with self._database.reading() as db:
            rows = (await db.execute(few.order_by(drawn.c.embedding_id.desc()).limit(_MOST_LOOKS))).all()
        found: dict[tuple[int, int, int], list[ClipVector]] = {}
        for member_id, embedding_id, stars, look, _ in rows:
            if look is not None:
                looks = found.setdefault((member_id, embedding_id, stars), [])
                looks.append(ClipVector.model_validate(look))
        return [Rated(member_id, stars, tuple(looks)) for (member_id, _, stars), looks in found.items()]

    async def _chosen(self, choices: Select[tuple[object, ...]], limit: int) -> list[Chosen]:
        async with self._database.reading() as db:
            rows = (await db.execute(choices.order_by(ChoiceRow.at.desc()).limit(limit))).mappings().all()
            ids = {row["job_id"] for row in rows}
            made = select(_PICTURES.c.job_id, _PICTURES.c.look).where(_PICTURES.c.job_id.in_(ids))
            pictures = (await db.execute(made.order_by(_PICTURES.c.index))).all() if ids else []
        looks: dict[str, list[ClipVector | None]] = {job_id: [] for job_id in ids}
        for job_id, look in pictures:
            looks[job_id].append(None if look is None else ClipVector.model_validate(look))
        return [
            Chosen(row["job_id"], row["index"], row["liked"], tuple(looks[row["job_id"]])) for row in rows
        ]


def _is_public() -> ColumnElement[bool]:
    secret = [manner for manner in Manner if manner.is_secret]
    return JobRow.manner.is_(None) | JobRow.manner.not_in(secret)
