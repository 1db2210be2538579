"""Who may take a message away."""

from __future__ import annotations

from tests.bot.conftest import PATIENCE, Chat, is_picture


async def test_only_the_member_or_a_moderator_deletes(chat: Chat) -> None:
    first = await chat.imagine(count=1, quality="draft")
    run = await chat.ben.press(first, "Delete")
    said = await run.message()
    assert said.ephemeral
    assert "may delete it" in said.content
    assert not first.deleted
    await chat.ada.press(first, "Delete")
    await first.wait_deleted(PATIENCE)

    second = await chat.imagine(count=1, quality="draft")
    await chat.moderator.press(second, "Delete")
    await second.wait_deleted(PATIENCE)


async def test_whoever_took_a_picture_out_may_delete_it(chat: Chat) -> None:
    grid = await chat.imagine(quality="draft")
    run = await chat.ben.press(grid, "U1")
    alone = await run.message(is_picture, within=PATIENCE)
    await chat.ben.press(alone, "Delete")
    await alone.wait_deleted(PATIENCE)
    assert not grid.deleted
