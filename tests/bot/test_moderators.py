"""Who moderates a server, and who a channel of it: rights in one channel open nothing elsewhere."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.bot.actions.test_report import card, moderators_channel, reported, told
from tests.bot.conftest import PATIENCE, Chat, eventually, is_picture
from tests.discord_emulator.channels import Channel
from tests.discord_emulator.people import Member

QUICK: dict[str, Any] = {"count": 1, "quality": "draft"}
RIGHTS = ("manage_messages", "manage_channels", "manage_guild")


async def said(by: Member, channel: Channel, command: str, **options: Any) -> str:
    return (await (await by.command(channel, command, **options)).message(within=PATIENCE)).content


async def with_rights_in(chat: Chat, channel: Channel) -> Member:
    """A member without roles who may do everything in one channel, as the bot knows."""
    eva = chat.guild.member("eva")
    channel.allow(eva, *RIGHTS)
    await eventually(lambda: (known := chat.client.get_channel(channel.id)) and eva.id in _ids(known))
    return eva


def _ids(channel: Any) -> set[int]:
    return {overwrite.id for overwrite in channel._overwrites}


async def test_rights_in_one_channel_give_no_power_over_the_server(chat: Chat) -> None:
    category = chat.guild.category("art")
    own = chat.guild.channel("evas-corner", category=category)
    chat.guild.channel("second", category=category)
    eva = await with_rights_in(chat, own)
    of_moderators: tuple[tuple[str, dict[str, Any]], ...] = (
        ("mod suspend", {"member": chat.ada, "days": 30, "reason": "x"}),
        ("mod unsuspend", {"member": chat.ada}),
        ("mod log", {"export": True}),
        ("mod channel", {}),
    )
    for command, options in of_moderators:
        assert "in this server" in await said(eva, own, command, **options), command
    assert "Nothing waits" in await said(eva, own, "mod queue")
    of_the_server: tuple[tuple[str, dict[str, Any]], ...] = (
        ("policy set", {"gore": "allow", "where": "server"}),
        ("policy set", {"gore": "allow", "where": "category"}),
        ("policy consent", {"name": "Tom Hanks", "end": True, "member": chat.ada}),
        ("credits", {"member": chat.ada, "grant": 5}),
        ("gallery list", {}),
        ("embeddings export", {"name": "x"}),
    )
    for command, options in of_the_server:
        assert (await said(eva, own, command, **options)).startswith("Only "), command
    assert f"The policy of <#{own.id}>" in await said(eva, own, "policy set", gore="refuse")


async def test_a_category_is_theirs_who_may_manage_every_channel_of_it(chat: Chat) -> None:
    category = chat.guild.category("art")
    own, other = (chat.guild.channel(name, category=category) for name in ("own", "other"))
    eva = await with_rights_in(chat, own)
    category.allow(eva, "manage_channels")
    assert "all its channels" in await said(eva, own, "policy set", gore="refuse", where="category")
    other.allow(eva, "manage_channels")
    await eventually(lambda: eva.id in _ids(chat.client.get_channel(other.id)))
    assert f"The policy of <#{category.id}>" in await said(
        eva, own, "policy set", gore="refuse", where="category"
    )


async def test_a_channels_moderator_decides_about_pictures_that_stand_there_alone(chat: Chat) -> None:
    desk = await moderators_channel(chat)
    eva = await with_rights_in(chat, chat.channel)
    await reported(chat.ben, await chat.imagine(**QUICK))
    open_card = await card(desk, "was reported")
    assert "A picture was reported" in await said(eva, chat.channel, "mod queue")
    assert "in this server" in await told(await eva.press(open_card, "Suspend …"))
    await eva.press(open_card, "Approve")
    await open_card.wait(lambda message: message.labels == [], PATIENCE)

    elsewhere = chat.guild.channel("elsewhere")
    await eventually(lambda: chat.client.get_channel(elsewhere.id))
    picture = await chat.imagine("a blue square", **QUICK)
    await (await chat.ada.command(elsewhere, "show")).message(is_picture, PATIENCE)
    await reported(chat.ben, picture)
    shown_twice = await card(desk, "was reported")
    assert "in this server" in await told(await eva.press(shown_twice, "Remove"))
    assert "Nothing waits" in await said(eva, chat.channel, "mod queue")
    async with asyncio.timeout(PATIENCE):
        assert (await chat.studio.reviews.waiting(chat.guild.id))[0].is_open
