"""What members chose among the pictures of a job, and which of it may be learned from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Select, delete, func, select, update

from storage.clip_vector import ClipVector
from storage.database import Database
from storage.records.references import References
from storage.tables import ChoiceRow, PictureRow, table_of

_CHOICES, _PICTURES = table_of(ChoiceRow), table_of(PictureRow)


@dataclass(frozen=True, slots=True)
class Chosen:
    """A picture that was chosen, or thrown away if it is not `liked`, and what stood beside it.

    `looks` are those of all pictures of the job, by their index; None for one that nobody looked at.
    """

    job_id: str
    index: int
    liked: bool
    looks: tuple[ClipVector | None, ...]


class TasteRecords:
    """The choices in a database. Methods raise DatabaseAway."""

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

    async def count(self, member_id: int) -> int:
        """Count a member's choices."""
        async with self._database.reading() as db:
            counted = select(func.count()).select_from(_CHOICES).where(ChoiceRow.member_id == member_id)
            return int((await db.execute(counted)).scalar_one())

    async def keep_from_servers(self, member_id: int) -> None:
        """Let no server learn any more from what a member chose so far."""
        async with self._database.writing() as db:
            await db.execute(update(_CHOICES).where(ChoiceRow.member_id == member_id).values(server_id=None))

    async def forget(self, member_id: int) -> None:
        """Forget all that a member chose, the server's taste included."""
        async with self._database.writing() as db:
            await db.execute(delete(_CHOICES).where(ChoiceRow.member_id == member_id))

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
