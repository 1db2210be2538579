"""What moderators are asked to decide: reported and held pictures, refused attempts, and appeals."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, and_, bindparam, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.database import Database
from storage.records.audit import AuditRecords
from storage.records.of_shards import of_shards
from storage.records.references import References
from storage.review_tables import ReportRow, ReviewRow
from storage.shards import ALL, Shards
from storage.tables import Server, table_of

_REVIEWS, _REPORTS, _SERVERS = table_of(ReviewRow), table_of(ReportRow), table_of(Server)


class Kind(StrEnum):
    """What there is to decide; to approve is in each case to say that nothing is wrong."""

    REPORT = "report"
    """A posted picture that members reported."""
    EMBEDDING = "embedding"
    """A published embedding that members reported."""
    HELD = "held"
    """A picture that is not posted until somebody has looked at it."""
    WITHHELD = "withheld"
    """A picture that was kept back, rendered again because its member wants somebody to look at it."""
    ATTEMPT = "attempt"
    """Words that the floor refused; they count against the member unless it was a mistake."""
    APPEAL = "appeal"
    """Refused words that their member wants somebody to read."""
    CONSENT = "consent"
    """A member's word that a name of the lists is their own, and that they let themselves be drawn."""
    SUSPENSION = "suspension"
    """A suspension that its member wants ended."""


HELD_KINDS = (Kind.HELD, Kind.WITHHELD)
"""The kinds of pictures that wait: approved they are posted, rejected they are not."""


class State(StrEnum):
    """How far a review is; the arrow from OPEN is taken once."""

    OPEN = "open"
    APPROVED = "approved"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Case:
    """What is to be decided. The same `key` is the same case, however often it is brought."""

    key: str
    kind: Kind
    server_id: int
    member_id: int
    channel_id: int
    job_id: str | None = None
    index: int | None = None
    message_id: int | None = None
    about: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Review:
    """A case and what became of it; `decided_by` is None where a second judge decided, or nobody yet."""

    id: int
    case: Case
    state: State
    opened_at: datetime
    decided_by: int | None
    decided_at: datetime | None
    card_channel_id: int | None
    card_message_id: int | None

    @property
    def is_open(self) -> bool:
        """Say whether nobody has decided yet."""
        return self.state is State.OPEN


@dataclass(frozen=True, slots=True)
class Report:
    """What a member says against a picture or an embedding."""

    member_id: int
    reason: str


# Built once: it is asked with each delivery.
_HELD = (
    select(_REVIEWS.c["index"], _REVIEWS.c.state)
    .where(
        _REVIEWS.c.job_id == bindparam("job"),
        _REVIEWS.c.kind.in_(HELD_KINDS),
        _REVIEWS.c["index"].is_not(None),
    )
    .order_by(_REVIEWS.c.id)
)


class ReviewRecords:
    """The reviews of all servers. Every write may be repeated. Methods raise DatabaseAway."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._references = References(database)
        self._audit = AuditRecords(database)

    async def open(self, case: Case) -> Review:
        """Open a review, or give the one that the same case has already.

        An attempt becomes an appeal if the member asks for one while nobody has decided.
        """
        async with self._database.writing() as db:
            await self._references.write(db, case.server_id, None, case.member_id)
            await self._add(db, case, State.OPEN)
            if case.kind is Kind.APPEAL:
                await db.execute(
                    update(_REVIEWS)
                    .where(
                        _REVIEWS.c.key == case.key,
                        _REVIEWS.c.kind == Kind.ATTEMPT,
                        _REVIEWS.c.state == State.OPEN,
                    )
                    .values(kind=Kind.APPEAL, about=dict(case.about), card_message_id=None)
                )
            return await self._of_key(db, case.key)

    async def report(self, case: Case, member_id: int, reason: str) -> tuple[Review, bool]:
        """Open a review for a member's report; False if the same member reported it before."""
        async with self._database.writing() as db:
            await self._references.write(db, case.server_id, None, case.member_id)
            await self._references.write(db, None, None, member_id)
            await self._add(db, case, State.OPEN)
            review = await self._of_key(db, case.key)
            if not review.is_open:
                return review, not await self._has_reported(db, review.id, member_id)
            added = await db.execute(
                self._database.insert(_REPORTS)
                .values(review_id=review.id, member_id=member_id, reason=reason, at=datetime.now(UTC))
                .on_conflict_do_nothing()
            )
            return review, added.rowcount > 0

    async def clear(self, case: Case) -> Review:
        """Record that a second judge cleared words: decided as soon as it is asked for."""
        async with self._database.writing() as db:
            await self._references.write(db, case.server_id, None, case.member_id)
            await self._add(db, case, State.APPROVED)
            review = await self._of_key(db, case.key)
            await self._audit.append(
                db, f"cleared:{review.id}", case.server_id, None, "cleared", _brief(review)
            )
            return review

    async def decide(self, review_id: int, state: State, member_id: int) -> bool:
        """Decide an open review, with its line in the audit log; False if it was decided already."""
        async with self._database.writing() as db:
            decided = await db.execute(
                update(_REVIEWS)
                .where(_REVIEWS.c.id == review_id, _REVIEWS.c.state == State.OPEN)
                .values(state=state, decided_by=member_id, decided_at=datetime.now(UTC))
                .returning(_REVIEWS)
            )
            row = decided.mappings().first()
            if row is None:
                return False
            review = _review(row)
            key, about = f"decided:{review_id}", _brief(review)
            await self._audit.append(db, key, review.case.server_id, member_id, state, about)
            return True

    async def get(self, review_id: int) -> Review | None:
        """Give one review, or None."""
        found = await self._list(_REVIEWS.c.id == review_id)
        return found[0] if found else None

    async def waiting(self, server_id: int, kinds: Collection[Kind] = tuple(Kind)) -> list[Review]:
        """List a server's open reviews of these kinds, the oldest first."""
        open_here = (_REVIEWS.c.server_id == server_id, _REVIEWS.c.state == State.OPEN)
        return await self._list(*open_here, _REVIEWS.c.kind.in_(kinds))

    async def reports(self, review_id: int) -> list[Report]:
        """List what members said, the first one first."""
        async with self._database.reading() as db:
            rows = await db.execute(
                select(_REPORTS).where(_REPORTS.c.review_id == review_id).order_by(_REPORTS.c.at)
            )
            return [Report(row.member_id, row.reason) for row in rows]

    async def without_card(self, shards: Shards = ALL) -> list[tuple[Review, int]]:
        """List the open reviews that the moderators' channel has no card of, each with that channel's id."""
        async with self._database.reading() as db:
            rows = await db.execute(
                select(_REVIEWS, _SERVERS.c.moderators_channel_id)
                .join(_SERVERS, _SERVERS.c.id == _REVIEWS.c.server_id)
                .where(
                    and_(
                        _REVIEWS.c.state == State.OPEN,
                        _REVIEWS.c.card_message_id.is_(None),
                        _SERVERS.c.moderators_channel_id.is_not(None),
                        of_shards(shards, _REVIEWS.c.server_id),
                    )
                )
                .order_by(_REVIEWS.c.id)
            )
            return [(_review(row), row["moderators_channel_id"]) for row in rows.mappings()]

    async def set_card(self, review: Review, channel_id: int, message_id: int) -> None:
        """Remember the message in the moderators' channel, unless the case became another one meanwhile."""
        async with self._database.writing() as db:
            await db.execute(
                update(_REVIEWS)
                .where(_REVIEWS.c.id == review.id, _REVIEWS.c.kind == review.case.kind)
                .values(card_channel_id=channel_id, card_message_id=message_id)
            )

    async def untold(self, shards: Shards = ALL) -> list[Review]:
        """List the decided reviews of whose decision not everybody has heard, the oldest first."""
        these = of_shards(shards, _REVIEWS.c.server_id)
        return await self._list(_REVIEWS.c.state != State.OPEN, _REVIEWS.c.told_at.is_(None), these)

    async def mark_told(self, review_id: int) -> None:
        """Record that everybody concerned has heard, as far as they can be reached."""
        async with self._database.writing() as db:
            await db.execute(
                update(_REVIEWS).where(_REVIEWS.c.id == review_id).values(told_at=datetime.now(UTC))
            )

    async def held(self, job_id: str) -> list[Review]:
        """List the open reviews of a job's held pictures."""
        here = (_REVIEWS.c.job_id == job_id, _REVIEWS.c.kind.in_(HELD_KINDS))
        return await self._list(*here, _REVIEWS.c.state == State.OPEN)

    async def of_held(self, job_id: str) -> dict[int, State]:
        """Say how far the reviews of a job's held pictures are, by the index of each."""
        async with self._database.glancing() as db:
            found = await db.execute(_HELD, {"job": job_id})
            return {index: State(state) for index, state in found}

    async def approved(self, server_id: int, beginning: str) -> list[Review]:
        """List a server's approved reviews whose cases have a key with that beginning."""
        here = (_REVIEWS.c.server_id == server_id, _REVIEWS.c.state == State.APPROVED)
        return await self._list(*here, _REVIEWS.c.key.startswith(beginning, autoescape=True))

    async def channel(self, server_id: int) -> int | None:
        """Give the id of the channel in which a server's moderators are told, or None."""
        async with self._database.reading() as db:
            named = select(_SERVERS.c.moderators_channel_id).where(_SERVERS.c.id == server_id)
            found: int | None = (await db.execute(named)).scalar()
            return found

    async def set_channel(self, server_id: int, channel_id: int, member_id: int, key: str) -> None:
        """Name that channel; open reviews get their cards there. `key` tells this change from others."""
        async with self._database.writing() as db:
            await self._references.write(db, server_id, None, None)
            await db.execute(
                update(_SERVERS).where(_SERVERS.c.id == server_id).values(moderators_channel_id=channel_id)
            )
            await db.execute(
                update(_REVIEWS)
                .where(_REVIEWS.c.server_id == server_id, _REVIEWS.c.state == State.OPEN)
                .values(card_channel_id=None, card_message_id=None)
            )
            about = {"channel": str(channel_id)}
            await self._audit.append(db, f"channel:{key}", server_id, member_id, "channel", about)

    async def _add(self, db: AsyncConnection, case: Case, state: State) -> None:
        now = datetime.now(UTC)
        values = {name: getattr(case, name) for name in Case.__slots__}
        added = await db.execute(
            self._database.insert(_REVIEWS)
            .values(
                **{**values, "about": dict(case.about)},
                state=state,
                opened_at=now,
                decided_at=None if state is State.OPEN else now,
                told_at=None if state is State.OPEN else now,
            )
            .on_conflict_do_nothing()
        )
        if added.rowcount and state is State.OPEN:
            review = await self._of_key(db, case.key)
            about = _brief(review)
            await self._audit.append(db, f"opened:{review.id}", case.server_id, None, case.kind, about)

    async def _of_key(self, db: AsyncConnection, key: str) -> Review:
        rows = await db.execute(select(_REVIEWS).where(_REVIEWS.c.key == key))
        return _review(rows.mappings().one())

    async def _has_reported(self, db: AsyncConnection, review_id: int, member_id: int) -> bool:
        said = select(func.count()).where(
            _REPORTS.c.review_id == review_id, _REPORTS.c.member_id == member_id
        )
        return bool((await db.execute(said)).scalar())

    async def _list(self, *where: ColumnElement[bool]) -> list[Review]:
        async with self._database.reading() as db:
            rows = await db.execute(select(_REVIEWS).where(*where).order_by(_REVIEWS.c.id))
            return [_review(row) for row in rows.mappings()]


def _review(row: RowMapping) -> Review:
    case = {name: row[name] for name in Case.__slots__}
    return Review(
        case=Case(**{**case, "kind": Kind(row["kind"])}),
        state=State(row["state"]),
        **{name: row[name] for name in Review.__slots__ if name not in ("case", "state")},
    )


def _brief(review: Review) -> dict[str, Any]:
    """Say for the log what was decided about; what was said stays with the review."""
    case = review.case
    return {
        "review": review.id,
        "kind": str(case.kind),
        "member": str(case.member_id),
        "channel": str(case.channel_id),
        **({} if case.job_id is None else {"job": case.job_id}),
    }
