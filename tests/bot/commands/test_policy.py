"""`/policy`: who may open a channel, and when it really is open."""

from __future__ import annotations

import pytest

from tests.bot.conftest import Chat, eventually
from tests.discord_emulator.actors import ClientRefusal

OPEN = "nsfw: adults only, in age-restricted channels"


async def test_members_do_not_see_the_command(chat: Chat) -> None:
    with pytest.raises(ClientRefusal):
        await chat.ada.command(chat.channel, "policy")


async def test_a_channel_is_sfw_until_it_is_opened(chat: Chat) -> None:
    run = await chat.moderator.command(chat.channel, "policy")
    assert (await run.message()).content.startswith("This channel is SFW")


async def test_only_an_age_restricted_channel_can_be_opened(chat: Chat) -> None:
    refused = await (await chat.moderator.command(chat.channel, "policy", setting=OPEN)).message()
    assert "does not mark this channel as age-restricted" in refused.content
    adults = chat.guild.channel("adults", nsfw=True)
    await eventually(lambda: chat.knows_nsfw(adults))
    opened = await (await chat.moderator.command(adults, "policy", setting=OPEN)).message()
    assert opened.content.startswith("This channel is NSFW")
    thread = adults.thread("late")
    await chat.discord.until(lambda: chat.client.get_channel(thread.id) or (chat.guild and thread))
    inherited = await (await chat.moderator.command(thread, "policy")).message()
    assert inherited.content.startswith("This channel is NSFW")
    adults.set_nsfw(False)
    await eventually(lambda: not chat.knows_nsfw(adults))
    closed = await (await chat.moderator.command(adults, "policy")).message()
    assert closed.content.startswith("This channel is SFW")
