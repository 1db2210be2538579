"""Which channels Discord marked as age-restricted when the bot last saw them."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import delete, select

from storage.database import Database
from storage.tables import MarkRow, table_of

_MARKS = table_of(MarkRow)
_PAGE = 500


class MarkRecords:
    """The marks in a database: what is there no more was lost meanwhile. Methods raise DatabaseAway."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def remembered(self, channel_ids: Collection[int]) -> set[int]:
        """Give those of the channels that were marked."""
        asked, found = sorted(channel_ids), set[int]()
        async with self._database.reading() as db:
            for start in range(0, len(asked), _PAGE):
                these = _MARKS.c.channel_id.in_(asked[start : start + _PAGE])
                found |= set((await db.execute(select(_MARKS.c.channel_id).where(these))).scalars())
        return found

    async def remember(self, channel_id: int) -> None:
        """Note that a channel is marked."""
        async with self._database.writing() as db:
            row = {"channel_id": channel_id}
            await db.execute(self._database.insert(_MARKS).on_conflict_do_nothing(), row)

    async def forget(self, channel_id: int) -> None:
        """Note that it is not, once that has had its consequences."""
        async with self._database.writing() as db:
            await db.execute(delete(_MARKS).where(_MARKS.c.channel_id == channel_id))
