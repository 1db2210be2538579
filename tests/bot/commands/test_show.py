"""`/show`: a picture once more."""

from __future__ import annotations

import asyncio

from tests.bot.conftest import PATIENCE, Chat, is_picture, is_result, link_to
from tests.discord_emulator.messages import Message


async def test_a_picture_is_found_by_link_file_job_and_seed(chat: Chat) -> None:
    first = await chat.imagine("a green star in the desert", count=1, seed=77, quality="draft")
    (file,) = first.attachments
    job = file.filename.split("-")[1]
    for said in (None, link_to(chat, first), f"<{link_to(chat, first)}>", file.filename, job, "77"):
        options = {"picture": said} if said else {}
        run = await chat.ada.command(chat.channel, "show", **options)
        shown = await run.message(is_result, within=PATIENCE)
        assert not shown.ephemeral
        assert shown.content.startswith("**a green star in the desert** — picture 1"), said
        assert shown.attachments[0].content == file.content
        assert "Vary strong" in shown.labels


async def noted(chat: Chat, message: Message) -> None:
    """Wait until the bot has written down what it just showed."""
    async with asyncio.timeout(PATIENCE):
        while await chat.studio.showings.shown_in(chat.channel.id, message.id) is None:
            await asyncio.sleep(0.05)


async def test_a_link_to_a_picture_alone_leads_to_that_picture(chat: Chat) -> None:
    grid = await chat.imagine("a green star in the desert", count=2, seed=77, quality="draft")
    alone = await (await chat.ben.press(grid, "U2")).message(is_picture, within=PATIENCE)
    await noted(chat, alone)
    run = await chat.ben.command(chat.channel, "show", picture=link_to(chat, alone))
    shown = await run.message(is_picture, within=PATIENCE)
    assert shown.attachments[0].content == alone.attachments[0].content
    await noted(chat, shown)
    run = await chat.ben.command(chat.channel, "show", picture=link_to(chat, shown))
    assert "seed 78" in (await run.message(is_picture, within=PATIENCE)).content
    elsewhere = chat.discord.guild()
    run = await elsewhere.member("eve").command(
        elsewhere.channel("pictures"), "show", picture=link_to(chat, alone)
    )
    assert "I know no picture here by" in (await run.message()).content
