"""`/shorten`, as members use it."""

from __future__ import annotations

from tests.bot.commands.test_describe import is_description
from tests.bot.conftest import PATIENCE, Chat, is_result, opened


async def test_a_prompt_is_shortened_and_drawn(chat: Chat) -> None:
    prompt = "a picture of a big red circle in the middle at sunset"
    run = await chat.ada.command(chat.channel, "shorten", prompt=prompt)
    said = await run.message(is_description, within=PATIENCE)
    title, marked, shorter, legend = said.content.splitlines()
    assert title == f"**Which words matter?** — {chat.ada.mention}"
    assert "~~picture~~" in marked
    assert "**circle**" in marked
    assert "~~red~~" not in marked
    assert shorter == "> big red circle middle sunset"
    assert "struck out" in legend
    (strip,) = said.attachments
    assert opened(strip).width == 720
    assert prompt in (strip.description or "")
    run = await chat.ben.press(said, "Imagine this")
    made = await run.message(is_result, within=PATIENCE)
    assert shorter.removeprefix("> ") in made.content


async def test_what_may_not_be_said_or_made_shorter_is_one_sentence(chat: Chat) -> None:
    await chat.studio.notebook.write(chat.ada.id, {"kind": "phrase", "name": "bad", "text": "a naked woman"})
    for prompt, said in (
        ("a naked woman on a beach", "naked"),
        ("circle", "A single word"),
        ("   ", "The prompt is empty"),
        ("(a red circle)", "stays together"),
        ("$bad on a beach", "naked"),
        ("$nobody on a beach", "no entry $nobody"),
    ):
        run = await chat.ada.command(chat.channel, "shorten", prompt=prompt)
        assert said in (await run.message(lambda message: bool(message.content))).content
    assert await chat.studio.jobs.of_member(chat.ada.id) == []
