"""Report: what becomes of a picture that somebody complains about, from the button to the answer."""

from __future__ import annotations

import asyncio
from typing import Any

import numpy as np

from tests.bot.conftest import PATIENCE, Chat, is_picture, only_record, opened
from tests.discord_emulator.channels import Channel
from tests.discord_emulator.interactions import InteractionRun
from tests.discord_emulator.messages import Message
from tests.discord_emulator.people import Member

QUICK: dict[str, Any] = {"count": 1, "quality": "draft"}


async def moderators_channel(chat: Chat) -> Channel:
    """A channel of the moderators, named by one of them."""
    channel = chat.guild.channel("moderators")
    run = await chat.moderator.command(channel, "mod channel")
    assert f"told in <#{channel.id}>" in (await run.message(within=PATIENCE)).content
    return channel


async def reported(member: Member, message: Message, reason: str = "It is rude. @everyone") -> str:
    """What a member is told who reports a message by its button."""
    opening = await (await member.press(message, "Report")).response(PATIENCE)
    return await told(await member.submit_modal(opening, {"Reason": reason}))


async def told(run: InteractionRun) -> str:
    message = await run.message(lambda message: message.ephemeral and not message.loading, PATIENCE)
    return message.content


async def card(channel: Channel, says: str) -> Message:
    """The card in the moderators' channel whose first line says so, while it is open."""
    return await channel.wait_message(
        lambda message: says in message.content and "Approve" in message.labels, PATIENCE
    )


async def heard(member: Member, says: str) -> Message:
    """The direct message that says so."""
    return await member.dm.wait_message(lambda message: says in message.content, PATIENCE)


async def test_a_reported_picture_is_removed_wherever_it_stands_and_everybody_hears_of_it(chat: Chat) -> None:
    desk = await moderators_channel(chat)
    first = await chat.imagine(count=2, quality="draft")
    alone = await (await chat.ben.press(first, "U1")).message(is_picture, PATIENCE)
    record = await only_record(chat)
    own = await told(await chat.ada.press(first, "Report"))
    assert "This picture is yours" in own
    assert "Thank you" in await reported(chat.ben, first)
    assert "already" in await reported(chat.ben, first)
    assert "Thank you" in await reported(chat.moderator, first, "Me too.")

    open_card = await card(desk, "A picture was reported")
    for words in (
        "a red circle over the sea",
        chat.ada.mention,
        f"/{first.id}",
        "It is rude",
        "@\u200beveryone",
    ):
        assert words in open_card.content
    assert not open_card.pings
    grey = np.asarray(opened(open_card.attachments[0]))
    assert (grey[..., 0] == grey[..., 1]).all()
    assert len(np.unique(grey.reshape(-1, 3), axis=0)) > 1
    clear = await (await chat.moderator.press(open_card, "Look")).message(
        lambda m: bool(m.attachments), PATIENCE
    )
    assert clear.ephemeral
    assert "Only moderators" in await told(await chat.ben.press(open_card, "Remove"))

    await chat.moderator.press(open_card, "Remove")
    for message in (first, alone):
        await message.wait_deleted(PATIENCE)
    for member in (chat.ben, chat.moderator):
        assert "removed it" in (await heard(member, "that you reported")).content
    assert "removed a picture of yours" in (await heard(chat.ada, "A moderator")).content
    decided = await open_card.wait(lambda message: message.labels == [], PATIENCE)
    assert f"{chat.moderator.mention} rejected it" in decided.content
    assert decided.attachments == []
    blobs = [picture.blob for picture in record.pictures if picture.blob]
    async with asyncio.timeout(PATIENCE):
        while any([await chat.studio.blobs.ahas(blob) for blob in blobs]):
            await asyncio.sleep(0.1)


async def test_a_picture_that_stays_is_not_reported_again_and_a_card_is_decided_once(chat: Chat) -> None:
    desk = await moderators_channel(chat)
    picture = await chat.imagine(**QUICK)
    run = await chat.ben.message_command(picture, "Report to moderators")
    await told(await chat.ben.submit_modal(await run.response(PATIENCE), {"Reason": "Hm."}))
    open_card = await card(desk, "A picture was reported")
    other = chat.guild.member("other mod", permissions=["moderate_members"])
    runs = [await each.press(open_card, "Approve") for each in (chat.moderator, other)]
    await open_card.wait(lambda message: message.labels == [], PATIENCE)
    await chat.discord.until(lambda: any(each.ephemerals for each in runs), PATIENCE)
    late = next(each for each in runs if each.ephemerals)
    assert "decided already" in await told(late)
    assert "leave it where it is" in (await heard(chat.ben, "that you reported")).content
    assert not picture.deleted
    assert "decided about it" in await reported(other, picture)


async def test_only_pictures_of_ours_and_only_in_servers_are_reported(chat: Chat) -> None:
    message = await chat.ben.say(chat.channel, "look")
    said = await told(await chat.ada.message_command(message, "Report to moderators"))
    assert "no picture that I made" in said
