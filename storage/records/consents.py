"""Members who let their own name be used by themselves, as a moderator of their server confirmed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import bindparam, delete, select

from storage.database import Database
from storage.records.audit import AuditRecords
from storage.records.references import References
from storage.review_tables import ConsentRow
from storage.tables import table_of

_CONSENTS = table_of(ConsentRow)
# Built once: it is asked with each command and each delivery.
_NAMES = (
    select(_CONSENTS.c.name)
    .where(_CONSENTS.c.server_id == bindparam("server"), _CONSENTS.c.member_id == bindparam("member"))
    .order_by(_CONSENTS.c.name)
)


@dataclass(frozen=True, slots=True)
class Consent:
    """That a member of a server is known to be the person of a name, and may have it drawn."""

    server_id: int
    member_id: int
    name: str


class ConsentRecords:
    """The consents in a database. Every write may be repeated. Methods raise DatabaseAway."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._references = References(database)
        self._audit = AuditRecords(database)

    async def give(self, consent: Consent, by: int, key: str) -> None:
        """Record what a moderator confirmed, with its line in the audit log; under the same `key` once."""
        values = {name: getattr(consent, name) for name in Consent.__slots__}
        async with self._database.writing() as db:
            await self._references.write(db, consent.server_id, None, consent.member_id)
            await db.execute(
                self._database.insert(_CONSENTS)
                .values(**values, at=datetime.now(UTC))
                .on_conflict_do_nothing()
            )
            await self._audit.append(db, f"consent:{key}", consent.server_id, by, "consent", _about(consent))

    async def end(self, consent: Consent, by: int, key: str) -> bool:
        """Take a consent back, with its line in the audit log; False if there is none."""
        async with self._database.writing() as db:
            ended = await db.execute(
                delete(_CONSENTS).where(
                    _CONSENTS.c.server_id == consent.server_id,
                    _CONSENTS.c.member_id == consent.member_id,
                    _CONSENTS.c.name == consent.name,
                )
            )
            if ended.rowcount:
                await self._audit.append(
                    db, f"consent ended:{key}", consent.server_id, by, "consent ended", _about(consent)
                )
            return ended.rowcount > 0

    async def of_server(self, server_id: int) -> list[Consent]:
        """List the consents of a server, by name."""
        async with self._database.reading() as db:
            rows = await db.execute(
                select(_CONSENTS).where(_CONSENTS.c.server_id == server_id).order_by(_CONSENTS.c.name)
            )
            return [Consent(row.server_id, row.member_id, row.name) for row in rows]

    async def names(self, server_id: int, member_id: int) -> tuple[str, ...]:
        """Give the names that a member may have drawn in a server, sorted."""
        async with self._database.glancing() as db:
            rows = await db.execute(_NAMES, {"server": server_id, "member": member_id})
            return tuple(rows.scalars())


def _about(consent: Consent) -> dict[str, str]:
    return {"member": str(consent.member_id), "name": consent.name}
