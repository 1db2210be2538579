"""Members' notebooks: what each wrote down, and what they share with a server."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import delete, func, or_, select, update

from storage.database import Database
from storage.records.references import References
from storage.tables import NotebookRow, table_of

_NOTEBOOK = table_of(NotebookRow)
MOST_EACH = 300
"""Entries of one member."""


class Noted(NamedTuple):
    """An entry as it was written down, whose it is, and the server that it is shared with, if any."""

    entry: dict[str, Any]
    member_id: int
    server_id: int | None


class NotebookRecords:
    """The notebooks in a database; entries are documents with a `name`. Methods raise DatabaseAway."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._references = References(database)

    async def write(self, member_id: int, *entries: dict[str, Any]) -> bool:
        """Write entries down, in place of the member's of those names; False if they would be too many.

        What was shared stays so.
        """
        folded = {entry["name"].casefold(): entry for entry in entries}
        own = NotebookRow.member_id == member_id
        async with self._database.writing() as db:
            others = select(func.count()).where(own, NotebookRow.folded.not_in(folded))
            if (await db.execute(others)).scalar_one() + len(folded) > MOST_EACH:
                return False
            await self._references.write(db, None, None, member_id)
            for name, entry in folded.items():
                await db.execute(
                    self._database.insert(_NOTEBOOK)
                    .values(member_id=member_id, folded=name, entry=entry)
                    .on_conflict_do_update(index_elements=["member_id", "folded"], set_={"entry": entry})
                )
        return True

    async def share(self, member_id: int, name: str, server_id: int | None) -> None:
        """Share a member's entry with a server, or with nobody."""
        async with self._database.writing() as db:
            await self._references.write(db, server_id, None, member_id)
            await db.execute(
                update(_NOTEBOOK)
                .where(NotebookRow.member_id == member_id, NotebookRow.folded == name.casefold())
                .values(server_id=server_id)
            )

    async def strike(self, member_id: int, name: str) -> bool:
        """Strike a member's entry out; False if there is none of that name."""
        async with self._database.writing() as db:
            struck = await db.execute(
                delete(_NOTEBOOK).where(
                    NotebookRow.member_id == member_id, NotebookRow.folded == name.casefold()
                )
            )
            return struck.rowcount > 0

    async def read(self, member_id: int, server_id: int | None) -> list[Noted]:
        """List what a member may name, by name: of several of one name their own, or the oldest one."""
        own = NotebookRow.member_id == member_id
        where = own if server_id is None else or_(own, NotebookRow.server_id == server_id)
        async with self._database.reading() as db:
            rows = (await db.execute(select(_NOTEBOOK).where(where).order_by(NotebookRow.id))).all()
        found: dict[str, Noted] = {}
        for row in sorted(rows, key=lambda row: row.member_id != member_id):
            found.setdefault(row.folded, Noted(row.entry, row.member_id, row.server_id))
        return [found[name] for name in sorted(found)]
