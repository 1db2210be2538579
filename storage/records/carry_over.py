"""Embeddings that are carried over to the checkpoint of their server, and how far that is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import RowMapping, and_, delete, func, or_, select, update
from sqlalchemy.sql.expression import ColumnElement

from storage.carry_over import Likeness
from storage.database import Database
from storage.jobs import new_job_id
from storage.records.embeddings import EmbeddingState
from storage.records.origin import Origin
from storage.sentences import Sent
from storage.tables import CarryOverRow, DefaultsRow, EmbeddingRow, table_of

_ROWS = table_of(CarryOverRow)
_CHOSEN = table_of(DefaultsRow).c.chosen

NOBODY = Origin(guild_id=None, channel_id=0, member_id=0, token=None, token_expires_at=None)
"""Where the jobs come from that the bot asks for itself: their results are posted nowhere."""


class State(StrEnum):
    """How far it is: begun -> carried, unlike or failed."""

    BEGUN = "begun"
    CARRIED = "carried"
    """The checkpoint draws the word with a file of its own."""
    UNLIKE = "unlike"
    """What it draws is too little like what the word drew before."""
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class CarryOver:
    """An embedding on its way to a checkpoint.

    `job_id` is the training there, whose pictures show what became of it. `file` is there once it is carried,
    `likeness` the share of its likeness that it kept, and `failure` a sentence. `told` says whether its
    author has heard of an end that is no good one.
    """

    embedding_id: int
    checkpoint: str
    job_id: str
    state: State
    file: str | None
    likeness: float | None
    failure: str | None
    told: bool


class Wanted(NamedTuple):
    """An embedding that is to be carried over to a checkpoint, from its `origin` if that is known."""

    embedding_id: int
    checkpoint: str
    origin: str | None
    widths: tuple[int, ...]


class CarryOverRecords:
    """What is carried over, in a database. Methods raise DatabaseAway."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def wanted(self, usual: str) -> list[Wanted]:
        """List the published embeddings that their server's checkpoint does not draw, the eldest first.

        That is what was chosen for the server, or else the `usual` one. What was begun is not listed.
        """
        target = func.coalesce(_CHOSEN["checkpoint"].as_string(), usual)
        known = and_(CarryOverRow.embedding_id == EmbeddingRow.id, CarryOverRow.checkpoint == target)
        found = (
            select(EmbeddingRow.id, target.label("target"), EmbeddingRow.checkpoint, EmbeddingRow.widths)
            .outerjoin(DefaultsRow, DefaultsRow.of_id == EmbeddingRow.server_id)
            .where(
                EmbeddingRow.state == EmbeddingState.PUBLISHED,
                EmbeddingRow.file.is_not(None),
                or_(EmbeddingRow.checkpoint.is_(None), EmbeddingRow.checkpoint != target),
                ~select(CarryOverRow.job_id).where(known).exists(),
            )
            .order_by(EmbeddingRow.id)
        )
        async with self._database.reading() as db:
            rows = (await db.execute(found)).all()
        return [Wanted(row.id, row.target, row.checkpoint, tuple(row.widths)) for row in rows]

    async def begin(self, embedding_id: int, checkpoint: str) -> None:
        """Note that an embedding is carried over; once for each checkpoint."""
        new = {"job_id": new_job_id(), "state": State.BEGUN, "told": False}
        async with self._database.writing() as db:
            await db.execute(
                self._database.insert(_ROWS)
                .values(embedding_id=embedding_id, checkpoint=checkpoint, **new)
                .on_conflict_do_nothing()
            )

    async def begun(self) -> list[CarryOver]:
        """List what is under way."""
        return await self._select(CarryOverRow.state == State.BEGUN)

    async def untold(self) -> list[CarryOver]:
        """List what did not succeed and whose author does not know."""
        ends = CarryOverRow.state.in_((State.UNLIKE, State.FAILED))
        return await self._select(ends, CarryOverRow.told.is_(False))

    async def of_job(self, job_id: str) -> CarryOver | None:
        """Give what a training is for, or None."""
        found = await self._select(CarryOverRow.job_id == job_id)
        return found[0] if found else None

    async def of_server(self, server_id: int, checkpoint: str) -> list[tuple[str, CarryOver]]:
        """List what became of a server's embeddings on a checkpoint, by name."""
        found = (
            select(EmbeddingRow.name, _ROWS)
            .join(CarryOverRow, CarryOverRow.embedding_id == EmbeddingRow.id)
            .where(
                EmbeddingRow.server_id == server_id,
                EmbeddingRow.state == EmbeddingState.PUBLISHED,
                CarryOverRow.checkpoint == checkpoint,
            )
            .order_by(EmbeddingRow.folded)
        )
        async with self._database.reading() as db:
            rows = (await db.execute(found)).mappings().all()
        return [(row["name"], _carry_over(row)) for row in rows]

    async def carried(self, embedding_id: int) -> list[CarryOver]:
        """List the other checkpoints that draw an embedding, with files of their own."""
        return await self._select(
            CarryOverRow.embedding_id == embedding_id, CarryOverRow.state == State.CARRIED
        )

    async def files(self, server_id: int, checkpoint: str) -> dict[int, str]:
        """Give the files with which a checkpoint draws a server's embeddings of others, by embedding."""
        found = (
            select(CarryOverRow.embedding_id, CarryOverRow.file)
            .join(EmbeddingRow, EmbeddingRow.id == CarryOverRow.embedding_id)
            .where(
                EmbeddingRow.server_id == server_id,
                CarryOverRow.checkpoint == checkpoint,
                CarryOverRow.state == State.CARRIED,
            )
        )
        async with self._database.reading() as db:
            return {row.embedding_id: row.file or "" for row in await db.execute(found)}

    async def finish(self, job_id: str, file: str, likeness: Likeness) -> bool:
        """Note what a training gave, and say whether the checkpoint draws the word from now on."""
        state = State.CARRIED if likeness.is_enough else State.UNLIKE
        kept = file if likeness.is_enough else None
        await self._end(job_id, state=state, file=kept, likeness=likeness.share)
        return likeness.is_enough

    async def fail(self, job_id: str, why: str) -> None:
        """Note why an embedding cannot be carried over."""
        await self._end(job_id, state=State.FAILED, failure=Sent.of(why).model_dump())

    async def mark_told(self, job_id: str) -> None:
        """Note that the author knows."""
        await self._change(CarryOverRow.job_id == job_id, told=True)

    async def forget(self, job_id: str) -> None:
        """Forget a carrying over, as if it had not been begun."""
        async with self._database.writing() as db:
            await db.execute(delete(_ROWS).where(CarryOverRow.job_id == job_id))

    async def _end(self, job_id: str, **values: Any) -> None:
        await self._change(
            and_(CarryOverRow.job_id == job_id, CarryOverRow.state == State.BEGUN),
            **values,
        )

    async def _change(self, where: ColumnElement[bool], **values: Any) -> None:
        async with self._database.writing() as db:
            await db.execute(update(_ROWS).where(where).values(**values))

    async def _select(self, *where: ColumnElement[bool]) -> list[CarryOver]:
        async with self._database.reading() as db:
            rows = (await db.execute(select(_ROWS).where(*where).order_by(_ROWS.c.embedding_id))).mappings()
            return [_carry_over(row) for row in rows]


def _carry_over(row: RowMapping) -> CarryOver:
    failure = row["failure"]
    return CarryOver(
        embedding_id=row["embedding_id"],
        checkpoint=row["checkpoint"],
        job_id=row["job_id"],
        state=State(row["state"]),
        file=row["file"],
        likeness=row["likeness"],
        failure=Sent.model_validate(failure).said if failure else None,
        told=row["told"],
    )
