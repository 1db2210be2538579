"""`/history`: where a picture comes from, as a member sees it."""

from __future__ import annotations

from tests.bot.conftest import PATIENCE, Chat, link_to, opened
from tests.discord_emulator.messages import Message


async def test_the_way_from_a_picture_to_what_was_made_from_it_is_shown(chat: Chat) -> None:
    first = await chat.imagine("a big red circle over the sea", count=1, seed=4, quality="draft")
    run = await chat.ada.press(first, "2x")
    larger = await run.message(lambda message: "Delete" in message.labels, within=PATIENCE)
    family = await (await chat.ada.command(chat.channel, "history")).message(lambda m: bool(m.attachments))
    assert family.ephemeral
    one, two, *rest = family.content.splitlines()
    assert one.startswith("1. **a big red circle over the sea** (picture, <t:")
    assert two.startswith("2. **a big red circle over the sea**, 2x larger (larger, <t:")
    assert f"— this one [its message]({link_to(chat, larger)})" in two
    assert rest == ["-# Nothing was made from it yet."]
    (sheet,) = family.attachments
    assert opened(sheet).size == (2 * 192 + 4, 192)
    assert "made from" in (sheet.description or "")

    root = await chat.ada.command(chat.channel, "history", picture=link_to(chat, first))
    above = await root.message(lambda m: bool(m.attachments))
    one, two, *rest = above.content.splitlines()
    assert "— this one" in one
    assert two.startswith("2. ↳ **a big red circle over the sea**, 2x larger")
    assert rest == ["-# It was made from words or from an attachment: nothing here came before it."]


async def test_what_was_made_from_what_was_made_from_it_stands_behind_that(chat: Chat) -> None:
    def is_made(message: Message) -> bool:
        return "Delete" in message.labels

    first = await chat.imagine("a big red circle over the sea", count=1, seed=4, quality="draft")
    larger = await (await chat.ada.press(first, "2x")).message(is_made, within=PATIENCE)
    await (await chat.ada.press(larger, "2x")).message(is_made, within=PATIENCE)
    await (await chat.ada.press(first, "4x")).message(is_made, within=PATIENCE)
    run = await chat.ada.command(chat.channel, "history", picture=link_to(chat, first))
    lines = (await run.message(lambda m: bool(m.attachments))).content.splitlines()
    assert [line.split("**")[0] for line in lines[:4]] == ["1. ", "2. ↳ ", "3. ↳ ↳ ", "4. ↳ "]
    assert "2x larger" in lines[1]
    assert "4x larger" in lines[3]


async def test_whoever_has_made_nothing_is_told_how_to_begin(chat: Chat) -> None:
    run = await chat.ben.command(chat.channel, "history")
    assert (await run.message()).content == "You have made no picture here yet. Try `/imagine`."
