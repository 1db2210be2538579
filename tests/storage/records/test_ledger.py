"""The ledger: by hand on both databases, and by rules that hypothesis plays in any order."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from prometheus_client import REGISTRY

from storage.database import Database
from storage.events import Cancelled, Failed
from storage.limits import Grants
from storage.records import ledger as module
from storage.records.jobs import JobRecords
from storage.records.ledger import Entry, Kind, Ledger, NotEnough, Payer, Standing, TooMuchGranted
from tests.conftest import a_job
from tests.storage.conftest import CHANNEL, GUILD, MEMBER, an_origin, finished

ADA = Payer(GUILD, MEMBER)


async def hold(ledger: Ledger, database: Database, payer: Payer, job_id: str, price: int) -> None:
    async with database.writing() as db:
        await ledger.hold(db, payer, job_id, price)


async def settle(ledger: Ledger, database: Database, job_id: str, shown: int, of: int) -> None:
    async with database.writing() as db:
        await ledger.settle(db, job_id, shown, of)


def kinds(entries: list[Entry]) -> list[tuple[Kind, int]]:
    return [(entry.kind, entry.amount) for entry in entries]


async def test_what_is_reserved_is_not_available_and_what_is_not_shown_comes_back(database: Database) -> None:
    ledger, counted = Ledger(database, allowance=100), refunds()
    assert await ledger.standing(ADA) == Standing(available=100, reserved=0)
    await hold(ledger, database, ADA, "1" * 16, 40)
    await hold(ledger, database, ADA, "1" * 16, 40)
    assert await ledger.standing(ADA) == Standing(available=60, reserved=40)
    for _ in range(2):
        await settle(ledger, database, "1" * 16, shown=3, of=4)
    assert await ledger.standing(ADA) == Standing(available=70, reserved=0)
    assert kinds(await ledger.last(ADA, 10)) == [
        (Kind.REFUND, 10),
        (Kind.HOLD, -40),
        (Kind.ALLOWANCE, 100),
    ]
    assert await ledger.discrepancies() == []
    assert refunds() - counted == 10


def refunds() -> float:
    """What Prometheus is told of credits that came back."""
    return REGISTRY.get_sample_value("darkroom_credits_total", {"kind": "refund"}) or 0.0


async def test_who_has_too_little_is_told_how_much(database: Database) -> None:
    ledger = Ledger(database, allowance=30)
    with pytest.raises(NotEnough) as told:
        await hold(ledger, database, ADA, "1" * 16, 31)
    assert (told.value.price, told.value.available) == (31, 30)
    assert await ledger.standing(ADA) == Standing(30, 0)


async def test_two_jobs_at_once_do_not_spend_the_same_credits(database: Database) -> None:
    ledger = Ledger(database, allowance=50)
    held = await asyncio.gather(
        *(hold(ledger, database, ADA, f"{number:016x}", 20) for number in range(8)), return_exceptions=True
    )
    assert sum(result is None for result in held) == 2
    assert all(result is None or isinstance(result, NotEnough) for result in held)
    assert await ledger.standing(ADA) == Standing(10, 40)
    assert await ledger.discrepancies() == []


async def test_an_allowance_fills_up_once_a_day_and_does_not_pile_up(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = Ledger(database, allowance=100)
    await hold(ledger, database, ADA, "1" * 16, 30)
    await settle(ledger, database, "1" * 16, 1, 1)
    assert (await ledger.standing(ADA)).available == 70

    class Tomorrow(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:  # type: ignore[override]
            return datetime(2099, 1, 1, tzinfo=UTC)

    monkeypatch.setattr(module, "datetime", Tomorrow)
    assert (await ledger.standing(ADA)).available == 100
    await ledger.grant(ADA, 50, by_id=7, business_id="press")
    await ledger.grant(ADA, 50, by_id=7, business_id="press")
    assert (await ledger.standing(ADA)).available == 150


async def test_a_moderator_grants_so_much_at_once_and_on_a_day(database: Database) -> None:
    ledger = Ledger(database, allowance=0, grants=Grants(once=60, day=100))
    await ledger.grant(ADA, 60, by_id=7, business_id="1")
    await ledger.grant(ADA, 60, by_id=7, business_id="1")
    for much in (61, 41):
        with pytest.raises(TooMuchGranted, match=r"at most 60 credits at once and 100 on a day, .* grant 40"):
            await ledger.grant(ADA, much, by_id=7, business_id="2")
    await ledger.grant(ADA, 40, by_id=7, business_id="2")
    await ledger.grant(ADA, 60, by_id=8, business_id="3")
    elsewhere = Payer(GUILD + 1, MEMBER)
    await ledger.grant(elsewhere, 60, by_id=7, business_id="4")
    assert await ledger.standing(ADA) == Standing(available=160, reserved=0)
    assert await ledger.discrepancies() == []


async def test_without_an_allowance_all_is_written_down_and_nothing_refused(
    database: Database,
) -> None:
    ledger = Ledger(database)
    await hold(ledger, database, ADA, "1" * 16, 1000)
    await settle(ledger, database, "1" * 16, 1, 1)
    assert kinds(await ledger.last(ADA, 10)) == [(Kind.HOLD, -1000)]
    assert await ledger.discrepancies() == []


async def test_credits_of_one_server_buy_nothing_in_another(database: Database) -> None:
    ledger = Ledger(database, allowance=10)
    await ledger.grant(ADA, 100, by_id=7, business_id="press")
    assert (await ledger.standing(Payer(GUILD + 1, MEMBER))).available == 10
    assert (await ledger.standing(Payer(None, MEMBER))).available == 10


@pytest.mark.parametrize("ends", ["cancelled", "failed", "kept", "none shown", "posted", "withdrawn"])
async def test_a_job_costs_what_its_member_gets(database: Database, ends: str) -> None:
    ledger = Ledger(database, allowance=100)
    records, job = JobRecords(database, ledger), a_job(pictures=4)
    for _ in range(2):
        await records.add(job, an_origin(), price=40)
    assert await ledger.standing(ADA) == Standing(60, 40)
    if ends == "withdrawn":
        await records.withdraw(job.id)
    elif ends == "cancelled":
        await records.record_result(Cancelled(job_id=job.id))
    elif ends == "failed":
        await records.record_result(Failed(job_id=job.id, message="No."))
    else:
        await records.record_result(finished(job, withheld=1))
        assert await ledger.standing(ADA) == Standing(60, 40), "not before they are shown"
    for _ in range(2):
        if ends == "kept":
            await records.mark_kept(job.id, "The channel is gone.")
        else:
            await records.mark_posted(job.id, 1, CHANNEL, shown=0 if ends == "none shown" else 3)
    assert await ledger.standing(ADA) == Standing(70 if ends in ("kept", "posted") else 100, 0)
    assert await ledger.discrepancies() == []


async def test_a_job_that_is_too_dear_is_not_recorded(database: Database) -> None:
    records, job = JobRecords(database, Ledger(database, allowance=10)), a_job()
    with pytest.raises(NotEnough):
        await records.add(job, an_origin(), price=11)
    assert await records.get(job.id) is None


members = st.integers(1, 3).map(lambda number: Payer(GUILD, number))
job_ids = st.integers(0, 7).map(lambda number: f"{number:016x}")


class AnyOrder(RuleBasedStateMachine):
    """Holds, settlements and grants, each perhaps twice, against a plain account of what should be there."""

    _empty: ClassVar[Path | None] = None
    """A database that was made once, to be copied."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory()
        self._runner = asyncio.Runner()
        path = Path(self._folder.name) / "ledger.db"
        if self._empty:
            shutil.copy(self._empty, path)
        self._database = self._run(Database.open(f"sqlite+aiosqlite:///{path}"))
        self._ledger = Ledger(self._database, allowance=50)
        self._available: dict[Payer, int] = {}
        self._held: dict[str, tuple[Payer, int]] = {}
        self._settled: set[str] = set()
        self._granted: set[int] = set()

    def _run(self, doing: Any) -> Any:
        return self._runner.run(doing)

    @rule(payer=members, job_id=job_ids, price=st.integers(0, 60))
    def hold(self, payer: Payer, job_id: str, price: int) -> None:
        available = self._available.setdefault(payer, 50) if price else self._available.get(payer, 50)
        new = price > 0 and job_id not in self._held
        try:
            self._run(hold(self._ledger, self._database, payer, job_id, price))
        except NotEnough:
            assert new
            assert price > available
            # The day's allowance went back with the rest of the transaction.
            return
        if new:
            assert price <= available
            self._held[job_id] = payer, price
            self._available[payer] = available - price

    @rule(job_id=job_ids, shown=st.integers(0, 5), of=st.integers(0, 4))
    def settle(self, job_id: str, shown: int, of: int) -> None:
        self._run(settle(self._ledger, self._database, job_id, shown, of))
        if job_id in self._held and job_id not in self._settled:
            payer, price = self._held[job_id]
            pays = -(-price * min(shown, of) // of) if of else 0
            self._available[payer] += price - pays
            self._settled.add(job_id)

    @rule(payer=members, amount=st.integers(0, 100), press=st.integers(0, 3))
    def grant(self, payer: Payer, amount: int, press: int) -> None:
        self._run(self._ledger.standing(payer))
        available = self._available.setdefault(payer, 50)
        self._run(self._ledger.grant(payer, amount, by_id=9, business_id=str(press)))
        if press not in self._granted:
            self._granted.add(press)
            self._available[payer] = available + amount

    @invariant()
    def everything_adds_up(self) -> None:
        assert self._run(self._ledger.discrepancies()) == []

    @rule()
    def look(self) -> None:
        for payer, available in self._available.items():
            open_holds = (
                price
                for job_id, (whose, price) in self._held.items()
                if whose == payer and job_id not in self._settled
            )
            assert self._run(self._ledger.standing(payer)) == Standing(available, sum(open_holds))

    def teardown(self) -> None:
        self.look()
        self._run(self._database.close())
        self._runner.close()
        self._folder.cleanup()


@pytest.fixture(scope="module", autouse=True)
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("empty") / "ledger.db"

    async def make() -> None:
        await (await Database.open(f"sqlite+aiosqlite:///{path}")).close()

    asyncio.run(make())
    AnyOrder._empty = path


TestAnyOrder = AnyOrder.TestCase
TestAnyOrder.settings = settings(max_examples=6, stateful_step_count=20, deadline=None)
