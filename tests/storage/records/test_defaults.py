from __future__ import annotations

from storage.database import Database
from storage.records.defaults import Defaults, DefaultsRecords
from tests.storage.conftest import CHANNEL, MEMBER


async def test_a_members_own_choice_goes_before_the_channels(database: Database) -> None:
    records = DefaultsRecords(database)
    assert await records.of(MEMBER, CHANNEL) == Defaults()
    await records.set(CHANNEL, Defaults(checkpoint="pocket", count=2))
    await records.set(MEMBER, Defaults(count=1, negative=""))
    assert await records.of(MEMBER, CHANNEL) == Defaults(checkpoint="pocket", count=1, negative="")
    assert await records.of(MEMBER) == Defaults(count=1, negative="")
    await records.set(MEMBER, Defaults(quality="draft"))
    assert await records.of(MEMBER, CHANNEL) == Defaults(checkpoint="pocket", count=2, quality="draft")
    await records.reset(MEMBER)
    assert await records.of(MEMBER) == Defaults()
