"""Strikes fade, suspensions end, and neither is written twice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import update

from storage.database import Database
from storage.records.audit import AuditRecords
from storage.records.suspensions import FADES, SUSPENDS, SuspensionRecords
from storage.review_tables import StrikeRow
from storage.tables import table_of
from tests.storage.conftest import GUILD, MEMBER

MOD = MEMBER + 1
STRIKES = table_of(StrikeRow)


async def test_the_third_strike_suspends_for_a_time_and_later_ones_for_longer(database: Database) -> None:
    records = SuspensionRecords(database)
    for count in range(1, 8):
        struck = await records.strike(f"words:{count}", GUILD, MEMBER, "minors")
        assert struck.count == count
        length = SUSPENDS.get(min(count, 5))
        if length is None:
            assert struck.suspension is None
            assert await records.current(GUILD, MEMBER) is None
        else:
            assert struck.suspension is not None
            given = struck.suspension.ends_at - struck.suspension.begins_at
            assert abs(given - length) < timedelta(minutes=1)
            current = await records.current(GUILD, MEMBER)
            assert current is not None
            assert current.by is None
            assert current.ends_at >= struck.suspension.ends_at
    assert await records.current(GUILD + 1, MEMBER) is None
    assert max(SUSPENDS.values()) < FADES, "nobody is shut out for ever"


async def test_the_same_words_count_once(database: Database) -> None:
    records = SuspensionRecords(database)
    for _ in range(5):
        struck = await records.strike("words:1", GUILD, MEMBER, "minors")
        assert (struck.count, struck.suspension) == (1, None)


async def test_strikes_fade(database: Database) -> None:
    records = SuspensionRecords(database)
    for count in range(2):
        await records.strike(f"words:{count}", GUILD, MEMBER, "minors")
    async with database.writing() as db:
        long_ago = datetime.now(UTC) - FADES - timedelta(minutes=1)
        await db.execute(update(STRIKES).values(at=long_ago))
    assert await records.strikes(GUILD, MEMBER) == 0
    assert (await records.strike("words:3", GUILD, MEMBER, "minors")).count == 1


async def test_a_mistake_is_taken_back_with_what_it_led_to(database: Database) -> None:
    records = SuspensionRecords(database)
    for count in range(3):
        await records.strike(f"words:{count}", GUILD, MEMBER, "minors")
    assert await records.current(GUILD, MEMBER) is not None
    for _ in range(2):
        await records.forgive("words:2", GUILD, MOD)
        assert await records.current(GUILD, MEMBER) is None
        assert await records.strikes(GUILD, MEMBER) == 2
    whats = [line.what for line in await AuditRecords(database).whole(GUILD)]
    assert whats == ["strike", "strike", "strike", "suspended", "unsuspended"]


async def test_what_an_earlier_mistake_added_to_a_suspension_is_taken_back_too(database: Database) -> None:
    records = SuspensionRecords(database)
    for count in range(4):
        struck = await records.strike(f"words:{count}", GUILD, MEMBER, "minors")
    assert struck.suspension is not None
    await records.forgive("words:0", GUILD, MOD)
    current = await records.current(GUILD, MEMBER)
    assert current is not None
    assert current.ends_at == struck.suspension.begins_at + SUSPENDS[3]
    await records.suspend("press:1", GUILD, MEMBER, "Rude.", MOD, struck.suspension.ends_at)
    await records.forgive("words:1", GUILD, MOD)
    current = await records.current(GUILD, MEMBER)
    assert current is not None
    assert current.by == MOD, "what a moderator gave for another reason stays"
    assert await records.lift(GUILD, MEMBER, MOD)
    assert await records.current(GUILD, MEMBER) is None
    whats = {line.what for line in await AuditRecords(database).whole(GUILD)}
    assert whats == {"strike", "suspended", "suspension shortened", "unsuspended"}


async def test_a_moderator_suspends_and_ends_it(database: Database) -> None:
    records, ends = SuspensionRecords(database), datetime.now(UTC) + timedelta(days=2)
    for _ in range(2):
        given = await records.suspend("press:1", GUILD, MEMBER, "Rude.", MOD, ends)
        assert (given.reason, given.by, given.ends_at) == ("Rude.", MOD, ends)
        assert await records.current(GUILD, MEMBER) == given
    assert await records.lift(GUILD, MEMBER, MOD)
    assert not await records.lift(GUILD, MEMBER, MOD)
    assert await records.current(GUILD, MEMBER) is None
    over = datetime.now(UTC) - timedelta(seconds=1)
    await records.suspend("press:2", GUILD, MEMBER, "Rude.", MOD, over)
    assert await records.current(GUILD, MEMBER) is None
