"""The audit log: what moderators and rules did in a server, line by line, each sealed with the one before.

A line's hash covers all that it says and the hash of the line before it, as the blocks of a chain do: whoever
changes, drops or inserts a line has to make all later ones anew, and then the last hash is no longer the one
that somebody wrote down. What nobody can see by the chain alone is that its end was cut off.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import RowMapping, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.database import Database
from storage.review_tables import AuditRow
from storage.tables import Server, table_of

BEGINNING = "0" * 64
"""What stands in the first line in place of the hash of the line before it."""

_AUDIT, _SERVERS = table_of(AuditRow), table_of(Server)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a server's log; `number` counts from 1, `actor_id` is None where no person acted."""

    server_id: int
    number: int
    at: datetime
    actor_id: int | None
    what: str
    about: Mapping[str, Any]
    previous: str
    hash: str

    def sealed(self) -> str:
        """Give the hash that belongs to what the line says: SHA-256 over its JSON, with sorted names."""
        said = _said(self.server_id, self.number, self.at, self.actor_id, self.what, self.about)
        return _sealed({**said, "previous": self.previous})

    def as_json(self) -> str:
        """Write the line as JSON, as it was sealed and with its hash."""
        said = _said(self.server_id, self.number, self.at, self.actor_id, self.what, self.about)
        return json.dumps({**said, "previous": self.previous, "hash": self.hash}, ensure_ascii=False)


def first_broken(lines: Iterable[Line]) -> int | None:
    """Give the number of the first line, of all from the first on, that is not as it was sealed, or None."""
    before, expected = BEGINNING, 1
    for line in lines:
        if (line.number, line.previous, line.hash) != (expected, before, line.sealed()):
            return expected
        before, expected = line.hash, expected + 1
    return None


class AuditRecords:
    """The audit logs of all servers. Methods raise DatabaseAway."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def append(
        self,
        db: AsyncConnection,
        key: str,
        server_id: int,
        actor_id: int | None,
        what: str,
        about: Mapping[str, Any],
    ) -> None:
        """Add a line within a transaction that writes, so that no deed is without its line.

        What was added under the same `key` before is not added again. The server has its row already.
        """
        # Where several write at once, they stand in line for the server's row: each needs the line before.
        await db.execute(select(_SERVERS.c.id).where(_SERVERS.c.id == server_id).with_for_update())
        if (await db.execute(select(_AUDIT.c.number).where(_AUDIT.c.key == key))).first():
            return
        last = (
            await db.execute(
                select(_AUDIT.c.number, _AUDIT.c.hash)
                .where(_AUDIT.c.server_id == server_id)
                .order_by(_AUDIT.c.number.desc())
                .limit(1)
            )
        ).first()
        number, previous = (last.number + 1, last.hash) if last else (1, BEGINNING)
        line = Line(server_id, number, datetime.now(UTC), actor_id, what, dict(about), previous, "")
        values = {name: getattr(line, name) for name in Line.__slots__}
        await db.execute(_AUDIT.insert().values(**{**values, "hash": line.sealed()}, key=key))

    async def add(
        self, key: str, server_id: int, actor_id: int | None, what: str, about: Mapping[str, Any]
    ) -> None:
        """Add a line about what was done elsewhere."""
        async with self._database.writing() as db:
            await self.append(db, key, server_id, actor_id, what, about)

    async def whole(self, server_id: int) -> Sequence[Line]:
        """List all lines of a server's log, the first one first."""
        async with self._database.reading() as db:
            rows = await db.execute(
                select(_AUDIT).where(_AUDIT.c.server_id == server_id).order_by(_AUDIT.c.number)
            )
            return [_line(row) for row in rows.mappings()]


def exported(lines: Iterable[Line]) -> str:
    """Write lines as JSON, one a line."""
    return "".join(f"{line.as_json()}\n" for line in lines)


def _line(row: RowMapping) -> Line:
    return Line(**{name: row[name] for name in Line.__slots__})


def _said(
    server_id: int, number: int, at: datetime, actor_id: int | None, what: str, about: Mapping[str, Any]
) -> dict[str, Any]:
    moment = at.astimezone(UTC).isoformat(timespec="microseconds")
    # Discord's ids are larger than the numbers that many readers of JSON can hold.
    return {
        "server": str(server_id),
        "number": number,
        "at": moment,
        "actor": None if actor_id is None else str(actor_id),
        "what": what,
        "about": dict(about),
    }


def _sealed(said: Mapping[str, Any]) -> str:
    written = json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(written.encode("utf-8", "surrogatepass")).hexdigest()
