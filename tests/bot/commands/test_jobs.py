"""`/jobs`: what a member has in the queue and had."""

from __future__ import annotations

from tests.bot.conftest import PATIENCE, Chat


async def test_jobs_lists_and_cancels(chat: Chat) -> None:
    empty = await chat.ben.command(chat.channel, "jobs")
    assert "no jobs yet" in (await empty.message()).content
    await chat.imagine("a green star in the desert", count=1, quality="draft")
    running = await chat.ada.command(
        chat.channel, "imagine", prompt="a tree", quality="fine", size="wide (7:4)"
    )
    asked = await running.message()
    run = await chat.ada.command(chat.channel, "jobs")
    listed = await run.message()
    assert listed.ephemeral
    lines = listed.content.splitlines()
    assert lines[0].startswith("1. **a tree**")
    assert lines[1].startswith("2. **a green star in the desert** — [done](https://discord.com/channels/")
    await chat.ada.press(listed, "Cancel 1")
    await asked.wait(lambda message: "Cancelled." in message.content, PATIENCE)
