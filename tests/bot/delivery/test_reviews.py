"""The desk: held pictures on their way to a channel, and what happens when somebody or something is gone."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from moderation.policy import Policy, Warned
from tests.bot.actions.test_report import card, heard, moderators_channel, reported
from tests.bot.conftest import PATIENCE, Chat, is_picture, is_result
from tests.discord_emulator.channels import Channel
from tests.discord_emulator.messages import Message

GORE = "a gory battlefield"
QUICK = {"count": 1, "quality": "draft", "anatomy": "off: none"}


async def hold_what_warns(chat: Chat) -> None:
    policy = Policy(warned=Warned.REVIEW)
    await chat.studio.policies.set(chat.guild.id, chat.channel.id, policy, chat.moderator.id)


async def held(chat: Chat, **options: Any) -> Message:
    """The answer to a job whose pictures all wait."""
    run = await chat.ada.command(chat.channel, "imagine", prompt=GORE, **options)
    answer = await run.message(lambda message: "a moderator to look" in message.content, PATIENCE)
    assert answer.attachments == []
    return answer


async def all_told(chat: Chat) -> None:
    async with asyncio.timeout(PATIENCE):
        while await chat.studio.reviews.untold():
            await asyncio.sleep(0.1)


def two_open(desk: Channel) -> list[Message] | None:
    cards = [message for message in desk.messages if "Approve" in message.labels]
    return cards if len(cards) == 2 else None


@pytest.mark.slow
async def test_a_held_picture_is_posted_once_a_moderator_approves_it(chat: Chat) -> None:
    await hold_what_warns(chat)
    desk = await moderators_channel(chat)
    withdrawn = await held(chat, **QUICK)
    await card(desk, "waits to be looked at")
    await chat.ada.press(withdrawn, "Delete")
    await withdrawn.wait_deleted(PATIENCE)
    await desk.wait_message(lambda message: f"{chat.ada.mention} rejected it" in message.content, PATIENCE)

    answer = await held(chat, **{**QUICK, "count": 2})
    assert "2 pictures wait" in answer.content
    cards = await chat.discord.until(lambda: two_open(desk), PATIENCE)
    await chat.moderator.press(cards[0], "Approve")
    posted = await chat.channel.wait_message(is_picture, PATIENCE)
    assert chat.ada in posted.pings
    assert posted.attachments[0].filename.startswith("SPOILER_")
    await chat.moderator.press(cards[1], "Reject")
    said = await chat.channel.wait_message(lambda message: "is not posted" in message.content, PATIENCE)
    assert "cost you nothing" in said.content
    assert chat.ada in said.pings
    assert len([message for message in chat.channel.messages if is_picture(message)]) == 1
    await all_told(chat)
    record, earlier = await chat.studio.jobs.of_member(chat.ada.id)
    assert [picture.blob for picture in earlier.pictures] == [None]
    assert [picture.blob is None for picture in record.pictures] == [False, True]
    assert record.credits == 0


async def test_what_is_decided_while_the_bot_is_away_happens_once_it_is_back(chat: Chat) -> None:
    await hold_what_warns(chat)
    await held(chat, **QUICK)
    assert len(await chat.studio.reviews.waiting(chat.guild.id)) == 1
    desk = await moderators_channel(chat)
    open_card = await card(desk, "waits to be looked at")
    with chat.discord.hold(f"POST /channels/{chat.channel.id}/messages"):
        await chat.moderator.press(open_card, "Approve")
        await open_card.wait(lambda message: message.labels == [], PATIENCE)
        await chat.stop_bot()
    await chat.start_bot()
    await chat.channel.wait_message(is_picture, PATIENCE)
    await all_told(chat)
    assert len([message for message in chat.channel.messages if is_picture(message)]) == 1


async def test_what_is_gone_meanwhile_stops_nothing(chat: Chat) -> None:
    await hold_what_warns(chat)
    desk = await moderators_channel(chat)
    other = chat.guild.channel("other")
    run = await chat.ada.command(other, "imagine", prompt="a red circle", **QUICK)
    picture = await run.message(is_result, PATIENCE)
    await held(chat, **QUICK)
    waiting = await card(desk, "waits to be looked at")
    await reported(chat.ben, picture)
    report = await card(desk, "was reported")
    chat.channel.delete()
    await chat.moderator.press(waiting, "Approve")
    assert "cost you nothing" in (await heard(chat.ada, "cannot be posted any more")).content

    chat.ben.close_dms()
    del chat.guild.members[chat.ben.id]
    await chat.moderator.press(report, "Approve")
    await report.wait(lambda message: message.labels == [], PATIENCE)
    await all_told(chat)

    desk.delete()
    picture = await (await chat.ada.command(other, "imagine", prompt="a house", **QUICK)).message(
        is_result, PATIENCE
    )
    mod = chat.moderator
    assert "Thank you" in await reported(mod, picture)
    queue = await (await mod.command(other, "mod queue")).message(
        lambda message: "was reported" in message.content, PATIENCE
    )
    assert queue.ephemeral
    await mod.press(queue, "Remove")
    await picture.wait_deleted(PATIENCE)
