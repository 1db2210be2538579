"""The servers, channels and members that other records refer to."""

from __future__ import annotations

from sqlalchemy import Table
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.database import Database
from storage.tables import Channel, Member, Server, table_of

_SERVERS, _CHANNELS, _MEMBERS = table_of(Server), table_of(Channel), table_of(Member)


class References:
    """The rows that a record's foreign keys point to, each written once."""

    def __init__(self, database: Database) -> None:
        self._database = database
        # Rows of servers, channels and members are never deleted: what was written once is there.
        self._known: set[tuple[Table, int]] = set()

    async def write(
        self, db: AsyncConnection, server_id: int | None, channel_id: int | None, member_id: int | None
    ) -> set[tuple[Table, int]]:
        """Write the rows that are missing. Gives all of them, to be remembered once they are committed."""
        rows: list[tuple[Table, int, dict[str, int | None]]] = []
        if server_id is not None:
            rows.append((_SERVERS, server_id, {}))
        if channel_id is not None:
            rows.append((_CHANNELS, channel_id, {"server_id": server_id}))
        if member_id is not None:
            rows.append((_MEMBERS, member_id, {}))
        for table, key, more in rows:
            if (table, key) not in self._known:
                await db.execute(self._database.insert(table).values(id=key, **more).on_conflict_do_nothing())
        return {(table, key) for table, key, _ in rows}

    def remember(self, written: set[tuple[Table, int]]) -> None:
        """Skip these rows from now on: their transaction is committed."""
        self._known |= written
