"""`/checkpoint`: who may choose what a server draws with."""

from __future__ import annotations

from tests.bot.conftest import Chat


async def test_only_who_may_manage_the_server_chooses(chat: Chat) -> None:
    run = await chat.ada.command(chat.channel, "checkpoint use", name="pocket-2")
    assert "Only moderators who may manage this server" in (await run.message()).content
    run = await chat.ada.command(chat.channel, "checkpoint show")
    assert (await run.message()).content == (
        "This server draws with pocket, where nobody chooses another one."
    )
