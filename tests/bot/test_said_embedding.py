"""Which embedding is meant: one of the server or, in direct messages, one of the member's own."""

from __future__ import annotations

from typing import Any

from storage.records.embeddings import EmbeddingState
from tests.bot.conftest import PATIENCE, Chat
from tests.bot.test_embeddings import added
from tests.discord_emulator.people import Member


async def alone(chat: Chat, member: Member, command: str, **options: Any) -> str:
    """What a member is told in direct messages."""
    run = await member.command(member.dm, f"embeddings {command}", **options)
    return (await run.message(lambda message: bool(message.content), within=PATIENCE)).content


async def test_an_author_withdraws_what_is_theirs_from_a_server_that_they_left(chat: Chat) -> None:
    there, elsewhere = chat.guild, chat.discord.guild()
    here = await added(chat, "zorbo", chat.ben)
    other = await added(chat, "zorbo", chat.ben, server_id=elsewhere.id, state=EmbeddingState.PRIVATE)
    await added(chat, "zebra-bot", chat.ada)
    chat.ben.leave()
    run = await chat.ben.autocomplete(chat.ben.dm, "embeddings withdraw", "name", "z")
    choices = (await run.response()).choices or ()
    assert {(each["name"], each["value"]) for each in choices} == {
        (f"zorbo ({server.name})", f"zorbo@{server.id}") for server in (there, elsewhere)
    }
    assert "in several servers" in await alone(chat, chat.ben, "withdraw", name="zorbo")
    assert "You have no embedding called zebra-bot" in await alone(
        chat, chat.ben, "withdraw", name="zebra-bot"
    )
    said = await alone(chat, chat.ben, "withdraw", name=f"zorbo@{there.id}")
    assert "zorbo is withdrawn" in said
    assert "zorbo is withdrawn" in await alone(chat, chat.ben, "withdraw", name="Zorbo")
    for word in (here, other):
        record = await chat.studio.embeddings.get(word.id)
        assert record is not None
        assert record.state is EmbeddingState.WITHDRAWN


async def test_all_else_is_asked_for_in_servers(chat: Chat) -> None:
    await added(chat, "zorbo", chat.ben)
    for command, options in (("browse", {}), ("show", {"name": "zorbo"}), ("try", {"name": "zorbo"})):
        assert "Embeddings belong to servers" in await alone(chat, chat.ben, command, **options)
