"""Which interactions were promised an answer, so that the next bot gives it if the one before it dies."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, select

from storage.database import Database
from storage.records.of_shards import of_shards
from storage.shards import ALL, Shards
from storage.tables import JobRow, PromiseRow, table_of

_PROMISES = table_of(PromiseRow)

TOKEN_LIFE = timedelta(minutes=15)
"""How long Discord lets an interaction's message be edited by its token."""


@dataclass(frozen=True, slots=True)
class Promise:
    """An interaction's token, the code of the language that its answer is read in, and its server, if any."""

    token: str
    language: str
    server_id: int | None


class PromiseRecords:
    """The promises in a database. Methods raise DatabaseAway.

    They are not taken back when they are kept: Discord knows which are, and forgets all after TOKEN_LIFE.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, promise: Promise) -> None:
        """Note a promise that is about to be made, and forget those that Discord has forgotten."""
        now = datetime.now(UTC)
        values = {**asdict(promise), "at": now}
        async with self._database.writing() as db:
            await db.execute(delete(_PROMISES).where(PromiseRow.at < now - TOKEN_LIFE))
            await db.execute(self._database.insert(_PROMISES).values(values).on_conflict_do_nothing())

    async def without_job(self, shards: Shards = ALL) -> list[Promise]:
        """Give those that Discord still knows and that became no job, whose answer comes by itself."""
        job = select(JobRow.id).where(JobRow.token == PromiseRow.token).exists()
        lately = PromiseRow.at > datetime.now(UTC) - TOKEN_LIFE
        async with self._database.reading() as db:
            found = select(_PROMISES).where(lately, ~job, of_shards(shards, _PROMISES.c.server_id))
            rows = (await db.execute(found.order_by(PromiseRow.at))).all()
        return [Promise(row.token, row.language, row.server_id) for row in rows]
