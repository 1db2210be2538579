"""Naming a picture: what is found by it, and for whom."""

from __future__ import annotations

import pytest

from tests.bot.conftest import Chat, link_to


@pytest.mark.parametrize(
    "said",
    [
        "123456",
        "9" * 200,
        "\u0663\u0663",
        "0123456789abcdef",
        "https://discord.com/channels/1/2/3",
        f"https://discord.com/channels/1/{2**63}/3",
        f"https://discord.com/channels/1/2/{10**30}",
        "*me*",
    ],
)
async def test_what_nobody_knows_is_told_with_what_would_do(chat: Chat, said: str) -> None:
    run = await chat.ada.command(chat.channel, "show", picture=said)
    answer = await run.message()
    assert answer.ephemeral
    assert "I know no picture here by" in answer.content
    assert "*me*" not in answer.content


async def test_pictures_of_another_server_are_not_shown(chat: Chat) -> None:
    first = await chat.imagine("a tree", count=1, quality="draft")
    elsewhere = chat.discord.guild()
    eve, channel = elsewhere.member("eve"), elsewhere.channel("pictures")
    for said in (link_to(chat, first), first.attachments[0].filename):
        run = await eve.command(channel, "show", picture=said)
        assert "I know no picture here by" in (await run.message()).content
