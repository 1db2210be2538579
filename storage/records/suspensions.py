"""Strikes, which fade, and suspensions, which end: nobody is shut out for ever by what a detector found."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, RowMapping, bindparam, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.database import Database
from storage.records.audit import AuditRecords
from storage.records.references import References
from storage.review_tables import StrikeRow, SuspensionRow
from storage.tables import table_of

_STRIKES, _SUSPENSIONS = table_of(StrikeRow), table_of(SuspensionRow)

FADES = timedelta(days=30)
"""After this time a strike counts no more."""
SUSPENDS = {3: timedelta(days=1), 4: timedelta(days=3), 5: timedelta(days=7)}
"""For how long so many strikes suspend. Two mistakes of the rules suspend nobody; more than five as five."""
REPEATED = "repeated attempts that the floor refused"


@dataclass(frozen=True, slots=True)
class Suspension:
    """A time in which a member asks for nothing in a server; `by` is None where strikes were the reason."""

    id: int
    server_id: int
    member_id: int
    reason: str
    by: int | None
    begins_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Struck:
    """How many strikes of a member count now, and the suspension that the last one led to, if one did."""

    count: int
    suspension: Suspension | None


class SuspensionRecords:
    """The strikes and suspensions of all servers. Every write may be repeated. Methods raise DatabaseAway."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._references = References(database)
        self._audit = AuditRecords(database)

    async def strike(self, key: str, server_id: int, member_id: int, rule: str) -> Struck:
        """Count a refusal by the floor against a member; from the third one on that suspends.

        Under the same `key` it is counted once.
        """
        now = datetime.now(UTC)
        async with self._database.writing() as db:
            await self._references.write(db, server_id, None, member_id)
            values = {"server_id": server_id, "member_id": member_id, "rule": rule, "at": now}
            added = await db.execute(
                self._database.insert(_STRIKES)
                .values(key=key, forgiven=False, **values)
                .on_conflict_do_nothing()
            )
            count = await self._count(db, server_id, member_id)
            if not added.rowcount:
                return Struck(count, None)
            about: dict[str, Any] = {"member": str(member_id), "rule": rule, "strikes": count}
            await self._audit.append(db, f"strike:{key}", server_id, None, "strike", about)
            length = SUSPENDS.get(min(count, max(SUSPENDS)))
            if length is None:
                return Struck(count, None)
            ends = now + length
            given = await self._suspend(db, f"strike:{key}", server_id, member_id, REPEATED, None, ends)
            return Struck(count, given)

    async def forgive(self, key: str, server_id: int, by: int) -> None:
        """Take a strike back, end the suspension that it led to, and hold to the others what still counts."""
        async with self._database.writing() as db:
            forgiven = await db.execute(
                update(_STRIKES)
                .where(_STRIKES.c.key == key)
                .values(forgiven=True)
                .returning(_STRIKES.c.member_id)
            )
            if (member_id := forgiven.scalar()) is None:
                return
            await self._lift(db, server_id, by, _SUSPENSIONS.c.key == f"strike:{key}")
            await self._recount(db, server_id, member_id, by)

    async def suspend(
        self, key: str, server_id: int, member_id: int, reason: str, by: int, ends_at: datetime
    ) -> Suspension:
        """Suspend a member; under the same `key` once."""
        async with self._database.writing() as db:
            await self._references.write(db, server_id, None, member_id)
            return await self._suspend(db, key, server_id, member_id, reason, by, ends_at)

    async def lift(self, server_id: int, member_id: int, by: int) -> bool:
        """End all suspensions of a member in a server; False if there is none."""
        async with self._database.writing() as db:
            return await self._lift(
                db,
                server_id,
                by,
                _SUSPENSIONS.c.server_id == server_id,
                _SUSPENSIONS.c.member_id == member_id,
            )

    async def current(self, server_id: int, member_id: int) -> Suspension | None:
        """Give the suspension of a member that holds now and ends last, or None."""
        async with self._database.glancing() as db:
            asked = {"server": server_id, "member": member_id, "now": datetime.now(UTC)}
            row = (await db.execute(_CURRENT, asked)).mappings().first()
            return None if row is None else _suspension(row)

    async def strikes(self, server_id: int, member_id: int) -> int:
        """Count the strikes of a member that have not faded and were not forgiven."""
        async with self._database.reading() as db:
            return await self._count(db, server_id, member_id)

    async def _count(
        self, db: AsyncConnection, server_id: int, member_id: int, at: datetime | None = None
    ) -> int:
        """Count the strikes that count at a time, now without one."""
        at = datetime.now(UTC) if at is None else at
        counted = select(func.count()).where(
            _STRIKES.c.server_id == server_id,
            _STRIKES.c.member_id == member_id,
            _STRIKES.c.at > at - FADES,
            _STRIKES.c.at <= at,
            _STRIKES.c.forgiven.is_(False),
        )
        return (await db.execute(counted)).scalar() or 0

    async def _recount(self, db: AsyncConnection, server_id: int, member_id: int, by: int) -> None:
        """End or shorten the suspensions for strikes to what the strikes that still count lead to."""
        theirs = _SUSPENSIONS.c.server_id == server_id, _SUSPENSIONS.c.member_id == member_id
        found = await db.execute(
            select(_SUSPENSIONS).where(*theirs, _SUSPENSIONS.c.by.is_(None), *_holds(datetime.now(UTC)))
        )
        for given in map(_suspension, found.mappings().all()):
            count = await self._count(db, server_id, member_id, given.begins_at)
            length = SUSPENDS.get(min(count, max(SUSPENDS)))
            this, ends = _SUSPENSIONS.c.id == given.id, given.begins_at + (length or timedelta())
            if ends <= datetime.now(UTC):
                await self._lift(db, server_id, by, this)
            elif ends < given.ends_at:
                await db.execute(update(_SUSPENSIONS).where(this).values(ends_at=ends))
                about = {"member": str(member_id), "suspension": given.id, "until": ends.isoformat()}
                key = f"shortened:{given.id}:{count}"
                await self._audit.append(db, key, server_id, by, "suspension shortened", about)

    async def _suspend(
        self,
        db: AsyncConnection,
        key: str,
        server_id: int,
        member_id: int,
        reason: str,
        by: int | None,
        ends_at: datetime,
    ) -> Suspension:
        await db.execute(
            self._database.insert(_SUSPENSIONS)
            .values(
                key=key,
                server_id=server_id,
                member_id=member_id,
                reason=str(reason),
                by=by,
                begins_at=datetime.now(UTC),
                ends_at=ends_at,
            )
            .on_conflict_do_nothing()
        )
        found = await db.execute(select(_SUSPENSIONS).where(_SUSPENSIONS.c.key == key))
        given = _suspension(found.mappings().one())
        about = {"member": str(member_id), "reason": str(reason), "until": ends_at.isoformat()}
        await self._audit.append(db, f"suspended:{given.id}", server_id, by, "suspended", about)
        return given

    async def _lift(self, db: AsyncConnection, server_id: int, by: int, *which: ColumnElement[bool]) -> bool:
        lifted = await db.execute(
            update(_SUSPENSIONS)
            .where(*which, *_holds(datetime.now(UTC)))
            .values(lifted_by=by, lifted_at=datetime.now(UTC))
            .returning(_SUSPENSIONS.c.id, _SUSPENSIONS.c.member_id)
        )
        ended = lifted.all()
        for row in ended:
            about = {"member": str(row.member_id), "suspension": row.id}
            await self._audit.append(db, f"lifted:{row.id}", server_id, by, "unsuspended", about)
        return bool(ended)


def _holds(now: datetime | BindParameter[datetime]) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return _SUSPENSIONS.c.lifted_at.is_(None), _SUSPENSIONS.c.ends_at > now


# Built once: it is asked with each command.
_CURRENT = (
    select(_SUSPENSIONS)
    .where(
        _SUSPENSIONS.c.server_id == bindparam("server"),
        _SUSPENSIONS.c.member_id == bindparam("member"),
        *_holds(bindparam("now")),
    )
    .order_by(_SUSPENSIONS.c.ends_at.desc())
    .limit(1)
)


def _suspension(row: RowMapping) -> Suspension:
    return Suspension(**{name: row[name] for name in Suspension.__slots__})
