from __future__ import annotations

from sqlalchemy import insert

from moderation.policy import FAMILY, NSFW, SFW, Policy
from storage.database import Database
from storage.records.audit import AuditRecords, first_broken
from storage.records.policies import Change, Held, PolicyRecords
from storage.tables import PolicyChange, table_of
from tests.storage.conftest import CHANNEL, GUILD, MEMBER

THREAD, CATEGORY = CHANNEL + 1, CHANNEL + 2
INSIDE_OUT = (THREAD, CHANNEL, CATEGORY, GUILD)


async def test_the_innermost_policy_holds(database: Database) -> None:
    policies = PolicyRecords(database)
    assert await policies.held(INSIDE_OUT, CHANNEL) == Held()
    for place, policy in ((GUILD, NSFW), (CATEGORY, FAMILY), (THREAD, SFW)):
        version = await policies.set(GUILD, place, policy, MEMBER)
        assert await policies.held(INSIDE_OUT, CHANNEL) == Held(policy, place, version)
    assert (await policies.held((CHANNEL, CATEGORY, GUILD), CHANNEL)).policy == FAMILY
    assert (await policies.held((CHANNEL, GUILD), CHANNEL)).policy == NSFW


async def test_a_place_inherits_again_once_its_own_policy_is_taken_away(database: Database) -> None:
    policies = PolicyRecords(database)
    first = await policies.set(GUILD, GUILD, FAMILY, MEMBER)
    await policies.set(GUILD, CHANNEL, NSFW, MEMBER)
    await policies.set(GUILD, CHANNEL, None, MEMBER)
    assert await policies.held((CHANNEL, GUILD), CHANNEL) == Held(FAMILY, GUILD, first)


async def test_a_channel_that_lost_its_mark_is_closed_until_a_moderator_opens_it(database: Database) -> None:
    policies = PolicyRecords(database)
    await policies.set(GUILD, GUILD, NSFW, MEMBER)
    await policies.close(GUILD, CHANNEL)
    assert (await policies.held((THREAD, CHANNEL, GUILD), CHANNEL)).closed
    assert not (await policies.held((CATEGORY, GUILD), CATEGORY)).closed
    await policies.set(GUILD, CHANNEL, None, MEMBER)
    assert (await policies.held((CHANNEL, GUILD), CHANNEL)).closed, "to inherit opens nothing"
    await policies.reopen(GUILD, CHANNEL, MEMBER)
    assert not (await policies.held((CHANNEL, GUILD), CHANNEL)).closed
    await policies.close(GUILD, CHANNEL)
    await policies.set(GUILD, CHANNEL, NSFW, MEMBER)
    assert (await policies.held((CHANNEL, GUILD), CHANNEL)).closed, "nor does to set what holds there"


async def test_the_places_for_adults_are_known(database: Database) -> None:
    policies = PolicyRecords(database)
    for place, policy in ((GUILD, NSFW), (CATEGORY, FAMILY), (CHANNEL, NSFW), (THREAD, NSFW)):
        await policies.set(GUILD, place, policy, MEMBER)
    await policies.set(GUILD, THREAD, None, MEMBER)
    assert sorted(await policies.for_adults()) == sorted((GUILD, CHANNEL))


async def test_the_history_says_who_did_what(database: Database) -> None:
    policies = PolicyRecords(database)
    await policies.set(GUILD, CHANNEL, NSFW, MEMBER)
    await policies.close(GUILD, CHANNEL)
    await policies.set(GUILD, CHANNEL, None, MEMBER)
    past = await policies.history((CHANNEL, GUILD), limit=10)
    assert [(each.change, each.policy, each.member_id) for each in past] == [
        (Change.CLEARED, None, MEMBER),
        (Change.CLOSED, None, None),
        (Change.SET, NSFW, MEMBER),
    ]
    assert [each.version for each in past] == sorted((each.version for each in past), reverse=True)
    assert len(await policies.history((CHANNEL,), limit=2)) == 2
    lines = await AuditRecords(database).whole(GUILD)
    assert first_broken(lines) is None
    assert [(line.what, line.actor_id) for line in lines] == [
        ("policy set", MEMBER),
        ("policy closed", None),
        ("policy cleared", MEMBER),
    ]
    assert lines[0].about["place"] == str(CHANNEL)
    assert Policy.model_validate(lines[0].about["policy"]) == NSFW


async def test_a_policy_that_cannot_be_read_opens_nothing(database: Database) -> None:
    policies = PolicyRecords(database)
    await policies.set(GUILD, GUILD, NSFW, MEMBER)
    version = await policies.set(GUILD, CHANNEL, NSFW, MEMBER)
    for said in ({"preset": "anything goes"}, {"preset": "nsfw", "dragons": "block"}):
        async with database.writing() as db:
            changes = table_of(PolicyChange)
            row = {"server_id": GUILD, "place_id": CHANNEL, "change": "set", "policy": said}
            past = (await policies.history((CHANNEL,), limit=1))[0]
            await db.execute(insert(changes).values(**row, member_id=MEMBER, at=past.at))
        version += 1
        assert await policies.held((CHANNEL, GUILD), CHANNEL) == Held(SFW, CHANNEL, version)


async def test_every_field_is_given_back(database: Database) -> None:
    policies = PolicyRecords(database)
    policy = Policy.model_validate(
        {
            "preset": "artistic",
            "gore": "block",
            "attachments": False,
            "checkpoints": ["pocket"],
            "roles": [GUILD],
        }
    )
    await policies.set(GUILD, CHANNEL, policy, MEMBER)
    assert (await policies.held((CHANNEL,), CHANNEL)).policy == policy
