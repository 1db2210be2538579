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
    assert lines[0].startswith("1. **a tree** (pictures, <t:")
    assert lines[1].startswith("2. **a green star in the desert** (picture, <t:")
    assert "— [done](https://discord.com/channels/" in lines[1]
    await chat.ada.press(listed, "Cancel 1")
    await asked.wait(lambda message: "Cancelled." in message.content, PATIENCE)
    again = await (await chat.ada.command(chat.channel, "jobs")).message()
    assert "— [cancelled](https://discord.com/channels/" in again.content.splitlines()[0]
    assert again.labels == ["Post 2 again"]


async def test_kinds_of_jobs_are_told_apart(chat: Chat) -> None:
    first = await chat.imagine(count=1, seed=4, quality="draft")
    for press in ("2x", "Describe"):
        run = await chat.ada.press(first, press)
        await run.message(lambda message: "Delete" in message.labels, within=PATIENCE)
    listed = await (await chat.ada.command(chat.channel, "jobs")).message()
    kinds = [line.split(" (")[1].split(",")[0] for line in listed.content.splitlines()]
    assert kinds == ["words", "larger", "picture"]
