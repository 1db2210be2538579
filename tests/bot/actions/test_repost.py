"""Posting a job's pictures again."""

from __future__ import annotations

import asyncio

from storage.records.jobs import RowState
from tests.bot.actions.test_report import card, moderators_channel, reported, told
from tests.bot.conftest import PATIENCE, Chat, eventually, is_picture, is_result, only_record, settled
from tests.discord_emulator.channels import Channel
from tests.discord_emulator.messages import Message


async def posted_again(chat: Chat, channel: Channel) -> Message:
    """Ada's only job, posted once more in a channel, once the records know of the message."""
    listed = await (await chat.ada.command(channel, "jobs")).message(within=PATIENCE)
    again = await (await chat.ada.press(listed, "Post 1 again")).message(is_result, within=PATIENCE)
    async with asyncio.timeout(PATIENCE):
        while await chat.studio.showings.asked_by(again.id) is None:
            await asyncio.sleep(0.05)
    return again


async def test_a_member_posts_pictures_of_theirs_again_from_their_jobs(chat: Chat) -> None:
    first = await chat.imagine("a green star in the desert", count=1, quality="draft")
    await settled(chat, RowState.POSTED)
    listed = await (await chat.ada.command(chat.channel, "jobs")).message()
    assert listed.labels == ["Post 1 again"]
    press = await chat.ada.press(listed, "Post 1 again")
    again = await press.message(is_result, within=PATIENCE)
    assert not again.ephemeral
    assert again.attachments[0].content == first.attachments[0].content
    assert "a green star in the desert" in again.content


async def test_what_was_posted_again_is_removed_with_what_was_reported(chat: Chat) -> None:
    desk = await moderators_channel(chat)
    elsewhere = chat.guild.channel("elsewhere")
    await eventually(lambda: chat.client.get_channel(elsewhere.id))
    first = await chat.imagine(count=2, quality="draft")
    await settled(chat, RowState.POSTED)
    again = await posted_again(chat, elsewhere)
    await reported(chat.ben, first)
    await chat.moderator.press(await card(desk, "was reported"), "Remove")
    await again.wait_deleted(PATIENCE)
    assert first.deleted


async def test_what_was_posted_again_outlives_the_first_message_and_goes_with_a_cross(chat: Chat) -> None:
    first = await chat.imagine(count=2, quality="draft")
    await settled(chat, RowState.POSTED)
    again = await posted_again(chat, chat.channel)
    listed = await (await chat.ada.command(chat.channel, "jobs")).message(within=PATIENCE)
    await chat.ada.press(first, "Delete")
    await first.wait_deleted(PATIENCE)
    alone = await (await chat.ada.press(again, "U2")).message(is_picture, PATIENCE)
    await chat.ada.press(alone, "Delete")
    await alone.wait_deleted(PATIENCE)
    await chat.ada.react(again, "❌")
    await again.wait_deleted(PATIENCE)
    async with asyncio.timeout(PATIENCE):
        while any(picture.blob for picture in (await only_record(chat)).pictures):
            await asyncio.sleep(0.05)
    for run in (await chat.ada.press(listed, "Post 1 again"), await chat.ada.command(chat.channel, "show")):
        assert "I no longer have the records of this picture" in await told(run)
