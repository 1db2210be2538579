"""`/policy`: who may change what a place lets through, what holds then, and what is told of it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.bot.conftest import PATIENCE, Chat, eventually
from tests.discord_emulator.channels import Channel
from tests.discord_emulator.people import Member


async def answer(member: Member, channel: Channel, command: str, **options: Any) -> str:
    """What a member alone is told."""
    run = await member.command(channel, f"policy {command}", **options)
    message = await run.message(within=PATIENCE)
    assert message.ephemeral
    return message.content


async def adults_channel(chat: Chat, **options: Any) -> Channel:
    adults = chat.guild.channel("adults", nsfw=True, **options)
    await eventually(lambda: chat.knows_nsfw(adults))
    return adults


async def test_everybody_may_see_what_holds(chat: Chat) -> None:
    said = await answer(chat.ada, chat.channel, "show")
    assert said.startswith("**sfw**: nothing sexual, no nudity")
    assert "Nobody set a policy here" in said


async def test_members_change_read_and_test_nothing(chat: Chat) -> None:
    for command, options in (("set", {"preset": "nsfw"}), ("test", {"prompt": "a cat"}), ("history", {})):
        assert "Only moderators" in await answer(chat.ada, chat.channel, command, **options)
    assert "manage the server" in await answer(
        chat.moderator, chat.channel, "set", preset="family", where="server"
    )


async def test_only_an_age_restricted_channel_can_be_opened(chat: Chat) -> None:
    refused = await answer(chat.moderator, chat.channel, "set", preset="nsfw")
    assert "does not mark this channel as age-restricted" in refused
    adults = await adults_channel(chat)
    opened = await answer(chat.moderator, adults, "set", preset="nsfw")
    assert f"The policy of <#{adults.id}> is changed" in opened
    assert "**nsfw**: adults only" in opened
    thread = adults.thread("late")
    await eventually(lambda: chat.client.get_channel(thread.id))
    inherited = await answer(chat.ada, thread, "show")
    assert inherited.startswith("**nsfw**")
    assert f"comes from <#{adults.id}>" in inherited


async def test_a_thread_has_its_own_policy_and_says_whose_is_changed(chat: Chat) -> None:
    thread = chat.channel.thread("kids")
    await eventually(lambda: chat.client.get_channel(thread.id))
    said = await answer(chat.moderator, thread, "set", preset="family")
    assert f"The policy of <#{thread.id}> is changed" in said
    assert (await answer(chat.ada, chat.channel, "show")).startswith("**sfw**")
    said = await answer(chat.moderator, thread, "set", preset="family", where="channel")
    assert f"The policy of <#{chat.channel.id}> is changed" in said
    await answer(chat.moderator, thread, "set", preset="inherit")
    assert f"comes from <#{chat.channel.id}>" in await answer(chat.ada, thread, "show")
    assert "not given in a thread" in await answer(
        chat.moderator, chat.channel, "set", preset="family", where="thread"
    )


async def test_servers_and_categories_hand_their_policies_down(chat: Chat) -> None:
    boss = chat.guild.member("boss", permissions=["manage_guild", "manage_channels"])
    category = chat.guild.category("art")
    adults = await adults_channel(chat, category=category)
    assert "comes from the server" not in await answer(boss, adults, "show")
    await answer(boss, chat.channel, "set", preset="nsfw", where="server")
    assert (await answer(boss, adults, "show")).startswith("**nsfw**")
    shown = await answer(boss, chat.channel, "show")
    assert shown.startswith("**sfw**"), "it has no mark"
    assert "The policy that was set is **nsfw**" in shown
    await answer(boss, adults, "set", preset="artistic", where="category")
    shown = await answer(boss, adults, "show")
    assert shown.startswith("**artistic**")
    assert f"comes from <#{category.id}>" in shown
    await answer(boss, adults, "set", preset="inherit", where="category")
    assert "comes from the server" in await answer(boss, adults, "show")


async def test_what_differs_is_said_and_begins_with_what_holds(chat: Chat) -> None:
    role = chat.guild.role("painters")
    said = await answer(
        chat.moderator,
        chat.channel,
        "set",
        preset="sfw",
        gore="refuse",
        attachments=False,
        checkpoints="pocket",
        role=role,
    )
    for line in (
        "gore: refused",
        "no pictures from members",
        "checkpoints: pocket",
        f"only for <@&{role.id}>",
    ):
        assert f"- {line}" in said
    said = await answer(chat.moderator, chat.channel, "set", attachments=True, role=chat.guild.everyone)
    assert "- gore: refused" in said
    assert "no pictures" not in said
    assert "only for" not in said
    said = await answer(
        chat.moderator, chat.channel, "set", refused_names="Orla Vanterpool", allowed_names="taylor swift"
    )
    assert "- refused names: Orla Vanterpool" in said
    assert "- allowed names: Taylor Swift" in said
    said = await answer(chat.moderator, chat.channel, "set", refused_names="none")
    assert "refused names" not in said
    assert "Please say what shall change" in await answer(chat.moderator, chat.channel, "set")
    assert "nothing of its own" in await answer(
        chat.moderator, chat.channel, "set", preset="inherit", gore="allow"
    )
    assert "no checkpoint called" in await answer(chat.moderator, chat.channel, "set", checkpoints="sdxxl")


async def test_without_the_mark_a_policy_is_made_stricter_and_never_more_open(chat: Chat) -> None:
    adults = await adults_channel(chat)
    await answer(chat.moderator, adults, "set", preset="nsfw")
    adults.set_nsfw(False)
    await eventually(lambda: not chat.knows_nsfw(adults))
    said = await answer(chat.moderator, adults, "set", gore="refuse")
    assert said.splitlines()[1:3] == ["**sfw**, with changes: nothing sexual, no nudity", "- gore: refused"]
    for more in ({"gore": "allow"}, {"names": "allow"}, {"preset": "nsfw", "gore": "refuse"}):
        refused = await answer(chat.moderator, adults, "set", **more)
        assert "does not mark this channel as age-restricted" in refused
    assert "does not mark" in await answer(chat.moderator, chat.channel, "set", gore="allow")


async def test_what_waits_for_moderators_whom_nobody_tells_is_said(chat: Chat) -> None:
    held = "held until a moderator has looked"
    assert "Nobody is told yet" in await answer(chat.moderator, chat.channel, "set", warned=held)
    await (await chat.moderator.command(chat.channel, "mod channel")).message(within=PATIENCE)
    assert "Nobody is told yet" not in await answer(chat.moderator, chat.channel, "set", gore="refuse")


@pytest.mark.parametrize("command", ["show", "history"])
async def test_direct_messages_have_no_policies(chat: Chat, command: str) -> None:
    with pytest.raises(Exception, match="does not exist in this kind of channel"):
        await chat.ada.command(chat.ada.dm, f"policy {command}")
