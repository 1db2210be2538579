"""The ledger of credits: double entries that are added and never changed, and sum to zero.

A credit is a denoising step of a million pixels. A transfer takes from one account what it gives to another.
Each has a business id that says what it is for, so that whoever tries again changes nothing:

    allowance  house  -> member   once a day, up to the day's allowance
    grant      house  -> member   by a moderator
    hold       member -> held     when a job is recorded: it is reserved
    pay        held   -> house    when it is over, for the pictures that are shown
    refund     held   -> member   and the rest, for what failed, was withheld or cancelled
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from sqlalchemy import bindparam, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from moderation.told import Told
from storage.database import Database
from storage.ledger_tables import BalanceRow, TransferRow
from storage.limits import Grants
from storage.metrics import CREDITS
from storage.tables import table_of

_TRANSFERS, _BALANCES = table_of(TransferRow), table_of(BalanceRow)
# Built once: they are asked with each job.
_THERE = select(_TRANSFERS.c.id).where(_TRANSFERS.c.business_id == bindparam("business")).limit(1)
_OF_JOB = select(_TRANSFERS).where(
    or_(*(_TRANSFERS.c.business_id == bindparam(name) for name in ("hold", "pay", "refund")))
)


class Kind(StrEnum):
    """What a transfer is for."""

    ALLOWANCE = "allowance"
    GRANT = "grant"
    HOLD = "hold"
    PAY = "pay"
    REFUND = "refund"


class NotEnough(Exception):
    """A member has fewer credits than a job costs."""

    def __init__(self, price: int, available: int) -> None:
        super().__init__(price, available)
        self.price = price
        self.available = available


class TooMuchGranted(Exception):
    """A moderator grants more credits than they may; the message is a sentence."""

    def __init__(self, grants: Grants, left: int) -> None:
        super().__init__(
            Told(
                "A moderator may grant at most {once} credits at once and {day} on a day, and right now you "
                "may grant {left}. Nothing was granted.",
                once=grants.once,
                day=grants.day,
                left=max(0, left),
            )
        )


@dataclass(frozen=True, slots=True)
class Payer:
    """A member in a server, where moderators grant; without a server, in direct messages."""

    server_id: int | None
    member_id: int

    @property
    def own(self) -> str:
        """Name the account of what is available."""
        return f"member:{self.server_id or 0}:{self.member_id}"

    @property
    def held(self) -> str:
        """Name the account of what is reserved."""
        return f"held:{self.server_id or 0}:{self.member_id}"

    @property
    def house(self) -> str:
        """Name the account of whoever runs the server's farm."""
        return f"house:{self.server_id or 0}"


@dataclass(frozen=True, slots=True)
class Standing:
    """What a member has: credits to spend, and credits that jobs hold which are not over."""

    available: int
    reserved: int


@dataclass(frozen=True, slots=True)
class Entry:
    """A transfer as the member sees it: `amount` is negative where it was taken away."""

    kind: Kind
    amount: int
    job_id: str | None
    at: datetime


class Ledger:
    """The ledger in a database. Methods raise DatabaseAway; those with `db` belong to its transaction.

    `allowance` are the credits of a day; None: everybody has as many as they want, and their accounts only
    say how many these were. `grants` limit what a moderator gives away; None: nothing does.
    """

    def __init__(
        self, database: Database, allowance: int | None = None, grants: Grants | None = None
    ) -> None:
        self._database = database
        self.allowance = allowance
        self._grants = grants
        self._add = database.insert(_TRANSFERS).on_conflict_do_nothing()
        change = database.insert(_BALANCES)
        self._change = change.on_conflict_do_update(
            index_elements=["account"], set_={"credits": _BALANCES.c.credits + change.excluded.credits}
        )

    async def hold(self, db: AsyncConnection, payer: Payer, job_id: str, price: int) -> None:
        """Reserve the price of a job. Raises NotEnough, and then nothing of the transaction may stay."""
        if price == 0 or await self._there(db, f"hold:{job_id}"):
            return
        await self._allow(db, payer)
        if self.allowance is not None and (available := await self._balance(db, payer.own)) < price:
            raise NotEnough(price, available)
        await self._transfer(db, Kind.HOLD, payer.own, payer.held, price, f"hold:{job_id}", job_id)

    async def settle(self, db: AsyncConnection, job_id: str, shown: int, of: int) -> None:
        """Pay for the pictures of a job that are shown, and give back the rest; the first time counts."""
        over = f"pay:{job_id}", f"refund:{job_id}"
        these = {"hold": f"hold:{job_id}", "pay": over[0], "refund": over[1]}
        found = (await db.execute(_OF_JOB, these)).all()
        if [each.kind for each in found] != [Kind.HOLD]:
            return
        (held,) = found
        pays = math.ceil(held.amount * min(shown, of) / of) if of else 0
        house = "house:" + held.giver.split(":")[1]
        if pays:
            await self._transfer(db, Kind.PAY, held.taker, house, pays, over[0], job_id)
        if rest := held.amount - pays:
            await self._transfer(db, Kind.REFUND, held.taker, held.giver, rest, over[1], job_id)

    async def grant(self, payer: Payer, amount: int, by_id: int, business_id: str) -> None:
        """Give a member credits, as a moderator does; once for each business id. Raises TooMuchGranted."""
        async with self._database.writing() as db:
            if not await self._there(db, f"grant:{business_id}"):
                await self._refuse_too_much(db, payer, amount, by_id)
                await self._transfer(
                    db, Kind.GRANT, payer.house, payer.own, amount, f"grant:{business_id}", by_id=by_id
                )

    async def standing(self, payer: Payer) -> Standing:
        """Say what a member has, today's allowance included."""
        async with self._database.writing() as db:
            await self._allow(db, payer)
            return Standing(await self._balance(db, payer.own), await self._balance(db, payer.held))

    async def last(self, payer: Payer, limit: int) -> list[Entry]:
        """List what was last given to a member and taken away, the latest first."""
        both = or_(_TRANSFERS.c.giver == payer.own, _TRANSFERS.c.taker == payer.own)
        found = select(_TRANSFERS).where(both, _TRANSFERS.c.amount > 0)
        async with self._database.reading() as db:
            rows = await db.execute(found.order_by(_TRANSFERS.c.id.desc()).limit(limit))
            return [
                Entry(
                    Kind(row.kind), row.amount if row.taker == payer.own else -row.amount, row.job_id, row.at
                )
                for row in rows
            ]

    async def discrepancies(self) -> Sequence[str]:
        """List the accounts that hold another sum than that of their transfers, and `sum` if all is not 0."""
        taken, given = _TRANSFERS.c.taker, _TRANSFERS.c.giver
        async with self._database.reading() as db:
            recount: dict[str, int] = {}
            for account, sign in ((taken, 1), (given, -1)):
                for name, amount in await db.execute(
                    select(account, func.sum(_TRANSFERS.c.amount)).group_by(account)
                ):
                    recount[name] = recount.get(name, 0) + sign * int(amount)
            held = {row.account: int(row.credits) for row in await db.execute(select(_BALANCES))}
        wrong = [name for name in sorted(recount | held) if recount.get(name, 0) != held.get(name, 0)]
        return [*wrong, *(["sum"] if sum(held.values()) else [])]

    async def _allow(self, db: AsyncConnection, payer: Payer) -> None:
        """Fill a member's account up to the allowance, the first time on a day (UTC) that they are here."""
        if self.allowance is None:
            return
        business_id = f"allowance:{payer.own}:{datetime.now(UTC):%Y-%m-%d}"
        if await self._there(db, business_id):
            return
        missing = max(0, self.allowance - await self._balance(db, payer.own))
        await self._transfer(db, Kind.ALLOWANCE, payer.house, payer.own, missing, business_id)

    async def _refuse_too_much(self, db: AsyncConnection, payer: Payer, amount: int, by_id: int) -> None:
        """Raise TooMuchGranted for more than a moderator may grant, at once or on this day in this server."""
        if self._grants is None:
            return
        await self._balance(db, payer.house)  # so that of two grants at once the second knows of the first
        midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        granted = select(func.coalesce(func.sum(_TRANSFERS.c.amount), 0)).where(
            _TRANSFERS.c.kind == Kind.GRANT,
            _TRANSFERS.c.giver == payer.house,
            _TRANSFERS.c.by_id == by_id,
            _TRANSFERS.c.at >= midnight,
        )
        left = min(self._grants.once, self._grants.day - int((await db.execute(granted)).scalar_one()))
        if amount > left:
            raise TooMuchGranted(self._grants, left)

    async def _there(self, db: AsyncConnection, business_id: str) -> bool:
        return (await db.execute(_THERE, {"business": business_id})).first() is not None

    async def _balance(self, db: AsyncConnection, account: str) -> int:
        """Give what an account holds; on Postgres nobody else changes it until the transaction ends."""
        found = select(_BALANCES.c.credits).where(_BALANCES.c.account == account).with_for_update()
        return int((await db.execute(found)).scalar() or 0)

    async def _transfer(
        self,
        db: AsyncConnection,
        kind: Kind,
        giver: str,
        taker: str,
        amount: int,
        business_id: str,
        job_id: str | None = None,
        by_id: int | None = None,
    ) -> None:
        transfer = {
            "business_id": business_id,
            "kind": kind,
            "giver": giver,
            "taker": taker,
            "amount": amount,
            "job_id": job_id,
            "by_id": by_id,
            "at": datetime.now(UTC),
        }
        added = await db.execute(self._add, transfer)
        if not added.rowcount:
            return
        # In the same order everywhere, or two on Postgres would wait for each other.
        both = sorted([(giver, -amount), (taker, amount)])
        await db.execute(self._change, [{"account": name, "credits": change} for name, change in both])
        CREDITS.labels(kind.value).inc(amount)
