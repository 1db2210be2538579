"""`/credits`: looking, and granting."""

from __future__ import annotations

import pytest

from storage.records.jobs import RowState
from tests.bot.conftest import Chat, settled


@pytest.fixture
async def thrifty(idle_chat: Chat) -> Chat:
    idle_chat.settings = idle_chat.settings.model_copy(update={"allowance": 20})
    await idle_chat.start_bot()
    return idle_chat


async def test_members_see_what_they_have_and_moderators_grant_more(thrifty: Chat) -> None:
    await thrifty.imagine(count=1, quality="draft")
    await settled(thrifty, RowState.POSTED)
    seen = await (await thrifty.ada.command(thrifty.channel, "credits")).message()
    assert seen.ephemeral
    first, *entries = seen.content.splitlines()
    assert first.startswith(f"<@{thrifty.ada.id}> has 19 credits, and 0 more are reserved")
    assert [entry.split(",")[0] for entry in entries] == [
        "`     -1` reserved for a job",
        "`    +20` the day's allowance",
    ]
    granted = await thrifty.moderator.command(thrifty.channel, "credits", member=thrifty.ada, grant=500)
    message = await granted.message()
    assert message.content.startswith(f"<@{thrifty.ada.id}> has 519 credits")
    much = await thrifty.moderator.command(thrifty.channel, "credits", member=thrifty.ada, grant=10_001)
    assert "at most 10000 credits at once" in (await much.message()).content
    refused = await thrifty.ben.command(thrifty.channel, "credits", member=thrifty.ada)
    assert "Only moderators" in (await refused.message()).content
    own = await thrifty.ben.command(thrifty.channel, "credits", grant=5)
    assert "Only moderators" in (await own.message()).content


async def test_without_an_allowance_they_are_only_counted(chat: Chat) -> None:
    await chat.imagine(count=1, quality="draft")
    await settled(chat, RowState.POSTED)
    seen = await (await chat.ada.command(chat.channel, "credits")).message()
    assert seen.content.startswith("Pictures cost nothing here; they are only counted.")
    assert "has used 1 credit." in seen.content
