from __future__ import annotations

from sqlalchemy import update

from moderation.policy import NSFW, SFW
from storage.database import Database
from storage.records.policies import ChannelPolicies
from storage.tables import Channel, table_of
from tests.storage.conftest import CHANNEL, GUILD, MEMBER


async def test_a_channels_policy_is_set_and_taken_away(database: Database) -> None:
    policies = ChannelPolicies(database)
    assert await policies.get(CHANNEL) is None
    await policies.set(GUILD, CHANNEL, NSFW, MEMBER)
    assert await policies.get(CHANNEL) == NSFW
    await policies.set(GUILD, CHANNEL, SFW, MEMBER)
    assert await policies.get(CHANNEL) == SFW
    await policies.set(GUILD, CHANNEL, None, MEMBER)
    assert await policies.get(CHANNEL) is None


async def test_a_policy_that_cannot_be_read_opens_nothing(database: Database) -> None:
    policies = ChannelPolicies(database)
    await policies.set(GUILD, CHANNEL, NSFW, MEMBER)
    for said in ({"preset": "anything goes"}, {"preset": "nsfw", "names": "block"}):
        async with database.writing() as db:
            await db.execute(update(table_of(Channel)).values(policy=said))
        assert await policies.get(CHANNEL) is None
