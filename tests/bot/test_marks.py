"""What happens to a channel when Discord's age restriction of it comes and goes."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any, cast

import discord

from bot.marks import look_at_marks
from bot.studio import StudioClient
from moderation.policy import NSFW
from storage.records.policies import Held
from tests.bot.commands.test_policy import adults_channel, answer
from tests.bot.conftest import PATIENCE, Chat, eventually
from tests.discord_emulator.channels import Channel


async def closed(chat: Chat, channel: Channel) -> None:
    async with asyncio.timeout(PATIENCE):
        while not (await chat.studio.policies.held((channel.id,), channel.id)).closed:
            await asyncio.sleep(0.05)


def asks(message: Any) -> bool:
    return "Open again" in message.labels


async def test_a_lost_mark_closes_at_once_and_a_moderator_opens_again(chat: Chat) -> None:
    adults = await adults_channel(chat)
    await answer(chat.moderator, adults, "set", preset="nsfw")
    adults.set_nsfw(False)
    await eventually(lambda: not chat.knows_nsfw(adults))
    shown = await answer(chat.ada, adults, "show")
    assert shown.startswith("**sfw**")
    assert "does not mark" in shown
    adults.set_nsfw(True)
    question = await adults.wait_message(lambda message: "Open again" in message.labels)
    shown = await answer(chat.ada, adults, "show")
    assert shown.startswith("**sfw**")
    assert "the mark was gone in between" in shown
    refused = await (await chat.ada.press(question, "Open again")).message()
    assert "Only moderators" in refused.content
    await chat.moderator.press(question, "Open again")
    await adults.wait_message(lambda message: f"opened <#{adults.id}> again" in message.content)
    assert (await answer(chat.ada, adults, "show")).startswith("**nsfw**")
    history = await answer(chat.moderator, adults, "history")
    assert [word in history for word in ("set **nsfw**", "closed <#", "opened <#")] == [True] * 3


async def test_a_mark_that_is_gone_for_a_moment_closes_too(chat: Chat) -> None:
    adults = await adults_channel(chat)
    await answer(chat.moderator, adults, "set", preset="nsfw")
    adults.set_nsfw(False)
    await eventually(lambda: not chat.knows_nsfw(adults))
    adults.set_nsfw(True)
    await adults.wait_message(lambda message: "Open again" in message.labels)
    assert (await answer(chat.ada, adults, "show")).startswith("**sfw**")


async def test_a_mark_that_was_lost_while_the_bot_was_away_closes_too(chat: Chat) -> None:
    adults = await adults_channel(chat)
    await answer(chat.moderator, adults, "set", preset="nsfw")
    await chat.stop_bot()
    adults.set_nsfw(False)
    await chat.start_bot()
    await eventually(lambda: chat.client.get_channel(adults.id))
    async with asyncio.timeout(PATIENCE):
        while not (await chat.studio.policies.held((adults.id,), adults.id)).closed:
            await asyncio.sleep(0.05)
    adults.set_nsfw(True)
    await adults.wait_message(lambda message: "Open again" in message.labels)


async def test_what_is_inherited_was_opened_once_only_too(chat: Chat) -> None:
    adults = await adults_channel(chat)
    await chat.studio.policies.set(chat.guild.id, chat.guild.id, NSFW, chat.moderator.id)
    await chat.stop_bot()
    adults.set_nsfw(False)
    await chat.start_bot()
    await closed(chat, adults)
    adults.set_nsfw(True)
    await adults.wait_message(asks)
    assert (await answer(chat.ada, adults, "show")).startswith("**sfw**")
    assert not (await chat.studio.policies.held((), chat.channel.id)).closed


async def test_a_threads_own_policy_was_opened_once_only_too(chat: Chat) -> None:
    adults = await adults_channel(chat)
    thread = adults.thread("late")
    await eventually(lambda: chat.client.get_channel(thread.id))
    await answer(chat.moderator, thread, "set", preset="nsfw")
    adults.set_nsfw(False)
    await closed(chat, adults)
    adults.set_nsfw(True)
    await adults.wait_message(asks)
    assert (await answer(chat.ada, thread, "show")).startswith("**sfw**")


async def test_whoever_says_only_what_differs_opens_nothing(chat: Chat) -> None:
    adults = await adults_channel(chat)
    await answer(chat.moderator, adults, "set", preset="nsfw")
    adults.set_nsfw(False)
    await closed(chat, adults)
    adults.set_nsfw(True)
    await adults.wait_message(asks)
    for options, holds in (({"gore": "refuse"}, "**sfw**"), ({"preset": "nsfw"}, "**nsfw**")):
        said = await answer(chat.moderator, adults, "set", **options)
        assert holds in said.splitlines()[1]


async def test_a_channel_in_which_nobody_can_write_has_its_moderators_asked() -> None:
    asked: list[str] = []

    class Desk(discord.abc.Messageable):
        id = 5

        async def send(self, content: str, **options: Any) -> None:  # type: ignore[override]
            asked.append(content)

    class Records:
        async def held(self, places: tuple[int, ...], channel_id: int) -> Held:
            return Held(NSFW, places[-1], 1, closed=True)

        async def remembered(self, ids: list[int]) -> set[int]:
            return set()

        async def remember(self, channel_id: int) -> None:
            asked.append(str(channel_id))

        async def channel(self, server_id: int) -> int:
            return Desk.id

    guild = SimpleNamespace(
        id=1, get_channel={Desk.id: Desk()}.get, preferred_locale=discord.Locale.british_english
    )
    forum = SimpleNamespace(id=7, guild=guild, category_id=None, mention="<#7>", is_nsfw=lambda: True)
    records = Records()
    studio = SimpleNamespace(policies=records, marks=records, reviews=records, marking=asyncio.Lock())
    client = cast(StudioClient, SimpleNamespace(studio=studio))
    await look_at_marks(client, [cast(discord.ForumChannel, forum)])
    assert asked[0] == "7"
    assert asked[1].startswith("<#7> is age-restricted again, and its policy was **nsfw**")
