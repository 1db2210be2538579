"""The policies that moderators gave to servers, categories, channels and threads, and how they changed."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from pydantic import ValidationError
from sqlalchemy import ColumnElement, Select, bindparam, func, select

from moderation.policy import SFW, Policy
from storage.database import Database
from storage.records.audit import AuditRecords
from storage.records.references import References
from storage.tables import PolicyChange, table_of

log = logging.getLogger(__name__)

_CHANGES = table_of(PolicyChange)


class Change(StrEnum):
    """What can happen to the policy of a place."""

    SET = "set"
    CLEARED = "cleared"
    """It has none of its own any more, and inherits."""
    CLOSED = "closed"
    """Discord's age restriction was taken from a channel."""
    REOPENED = "reopened"
    """A moderator confirmed that the channel, age-restricted again, shall be for adults again."""


_OF_MARK = (Change.CLOSED, Change.REOPENED)
_OF_POLICY = (Change.SET, Change.CLEARED)


@dataclass(frozen=True, slots=True)
class Held:
    """The policy that a place has or inherits.

    `place_id` is whose it is, and `version` the number of the change that set it: 0 where nobody set any,
    which means SFW. `closed` says that the channel lost its age restriction, and that no moderator has opened
    it since.
    """

    policy: Policy | None = None
    place_id: int | None = None
    version: int = 0
    closed: bool = False


@dataclass(frozen=True, slots=True)
class PastChange:
    """A change of a place's policy; `policy` is None unless one was set that can be read."""

    version: int
    place_id: int
    change: Change
    policy: Policy | None
    member_id: int | None
    at: datetime


class PolicyRecords:
    """The places' policies in a database, their changes also in the audit log. Methods raise DatabaseAway."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._references = References(database)
        self._audit = AuditRecords(database)

    async def held(self, places: Sequence[int], channel_id: int) -> Held:
        """Give the policy of the first of `places` that has one; they stand from the innermost outwards.

        `channel_id` is the channel whose age restriction counts. A policy that cannot be read opens nothing.
        """
        async with self._database.glancing() as db:
            found = {row.place_id: row for row in await db.execute(_OF_PLACES, {"places": list(places)})}
            closed = (await db.execute(_LAST_MARK, {"channel": channel_id})).scalar() == Change.CLOSED
        place = next((place for place in places if place in found), None)
        if place is None:
            return Held(closed=closed)
        return Held(_read(place, found[place].policy) or SFW, place, found[place].id, closed)

    async def for_adults(self) -> list[int]:
        """List the places whose own policy is for adults."""
        async with self._database.reading() as db:
            rows = await db.execute(_own_policies())
            read = ((row.place_id, _read(row.place_id, row.policy)) for row in rows)
            return [place for place, policy in read if policy is not None and policy.is_for_adults]

    async def set(self, server_id: int, place_id: int, policy: Policy | None, member_id: int) -> int:
        """Set a place's policy, or take it away with None; give the number of the change."""
        change = Change.CLEARED if policy is None else Change.SET
        return await self._add(server_id, place_id, change, member_id, policy)

    async def close(self, server_id: int, channel_id: int) -> None:
        """Note that a channel is no longer age-restricted."""
        await self._add(server_id, channel_id, Change.CLOSED)

    async def reopen(self, server_id: int, channel_id: int, member_id: int) -> None:
        """Note that a moderator opens such a channel, if it was closed."""
        if not (await self.held((), channel_id)).closed:
            return
        await self._add(server_id, channel_id, Change.REOPENED, member_id)

    async def history(self, places: Sequence[int], limit: int) -> list[PastChange]:
        """List the last changes of these places' policies, the latest first."""
        async with self._database.reading() as db:
            rows = await db.execute(
                select(_CHANGES)
                .where(_CHANGES.c.place_id.in_(places))
                .order_by(_CHANGES.c.id.desc())
                .limit(limit)
            )
            return [
                PastChange(
                    version=row.id,
                    place_id=row.place_id,
                    change=Change(row.change),
                    policy=None if row.policy is None else _read(row.place_id, row.policy),
                    member_id=row.member_id,
                    at=row.at,
                )
                for row in rows
            ]

    async def _add(
        self,
        server_id: int,
        place_id: int,
        change: Change,
        member_id: int | None = None,
        policy: Policy | None = None,
    ) -> int:
        async with self._database.writing() as db:
            await self._references.write(db, server_id, None, member_id)
            added = await db.execute(
                _CHANGES.insert()
                .values(
                    server_id=server_id,
                    place_id=place_id,
                    change=change,
                    policy=None if policy is None else policy.model_dump(mode="json"),
                    member_id=member_id,
                    at=datetime.now(UTC),
                )
                .returning(_CHANGES.c.id)
            )
            version = int(added.scalar_one())
            about: dict[str, Any] = {"place": str(place_id), "version": version}
            if policy is not None:
                about["policy"] = policy.model_dump(mode="json")
            key, what = f"policy:{version}", f"policy {change}"
            await self._audit.append(db, key, server_id, member_id, what, about)
            return version


def _own_policies(*where: ColumnElement[bool]) -> Select[tuple[int, int, dict[str, Any]]]:
    """Select place, number and policy of the last change of each place that has a policy of its own."""
    last = (
        select(func.max(_CHANGES.c.id))
        .where(_CHANGES.c.change.in_(_OF_POLICY), *where)
        .group_by(_CHANGES.c.place_id)
    )
    return select(_CHANGES.c.place_id, _CHANGES.c.id, _CHANGES.c.policy).where(
        _CHANGES.c.id.in_(last), _CHANGES.c.change == Change.SET
    )


# Built once: they are asked with each command and each delivery.
_OF_PLACES = _own_policies(_CHANGES.c.place_id.in_(bindparam("places", expanding=True)))
_LAST_MARK = (
    select(_CHANGES.c.change)
    .where(_CHANGES.c.place_id == bindparam("channel"), _CHANGES.c.change.in_(_OF_MARK))
    .order_by(_CHANGES.c.id.desc())
    .limit(1)
)


def _read(place_id: int, found: dict[str, Any]) -> Policy | None:
    try:
        return Policy.model_validate(found, extra="forbid")
    except ValidationError:
        log.exception("The policy of place %d cannot be read: it is treated as SFW.", place_id)
        return None
