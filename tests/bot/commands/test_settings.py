"""`/settings`: seen, changed and reset, for a member and for a channel."""

from __future__ import annotations

from typing import Any

from tests.bot.conftest import PATIENCE, Chat
from tests.discord_emulator.people import Member


async def answer(chat: Chat, member: Member, command: str, **options: Any) -> str:
    """What a member alone is told."""
    run = await member.command(chat.channel, f"settings {command}", **options)
    message = await run.message(within=PATIENCE)
    assert message.ephemeral
    return message.content


async def test_settings_are_seen_changed_and_reset(chat: Chat) -> None:
    assert await answer(chat, chat.ada, "show") == "Your own: nothing\nThis channel's: nothing"
    await answer(chat, chat.ada, "set", count=1, quality="draft", checkpoint="pocket")
    said = await answer(chat, chat.ada, "set", quality="fine", negative="a tree")
    for part in ("`count:` 1", "`quality:` fine", "`checkpoint:` pocket", "`negative:` a tree"):
        assert part in said
    assert "Only moderators" in await answer(chat, chat.ada, "set", where="channel", count=2)
    said = await answer(chat, chat.moderator, "set", where="channel", size="16:9")
    assert said == "Your own: nothing\nThis channel's: `size:` 16:9"
    assert "This channel's: `size:` 16:9" in await answer(chat, chat.ada, "show")
    assert "Your own: nothing" in await answer(chat, chat.ada, "reset")
    for options, refused in (
        ({}, "Please say what shall be chosen"),
        ({"checkpoint": "sdxxl"}, "no checkpoint called"),
        ({"style": "ink"}, "no style called ink"),
        ({"size": "0x0"}, "0x0 cannot be drawn"),
    ):
        assert refused in await answer(chat, chat.ada, "set", **options)
    await chat.studio.notebook.write(chat.ada.id, {"kind": "style", "name": "ink", "text": "in ink"})
    run = await chat.ada.autocomplete(chat.channel, "settings set", "style", "i")
    assert [each["value"] for each in (await run.response()).choices or ()] == ["ink"]
    assert "`style:` ink" in await answer(chat, chat.ada, "set", style="$ink")
    await answer(chat, chat.ada, "set", count=3, negative="fog")
    for what, left in (
        ("the style", "`negative:` fog, `count:` 3"),
        ("what should not be in it", "`count:` 3"),
        ("the count", "nothing"),
    ):
        said = await answer(chat, chat.ada, "reset", what=what)
        assert f"Your own: {left}\n" in said
    await chat.studio.notebook.write(chat.moderator.id, {"kind": "style", "name": "ash", "text": "in ash"})
    unshared = await answer(chat, chat.moderator, "set", where="channel", style="ash")
    assert "Please share the style first" in unshared
