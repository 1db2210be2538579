"""Who may take a message away."""

from __future__ import annotations

import asyncio

from tests.bot.conftest import PATIENCE, Chat, is_picture, only_record


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
    async with asyncio.timeout(PATIENCE):
        while not (lines := await chat.studio.audit.whole(chat.guild.id)):
            await asyncio.sleep(0.05)
    assert [(line.what, line.actor_id) for line in lines] == [("deleted", chat.moderator.id)]


async def test_whoever_took_a_picture_out_may_delete_it(chat: Chat) -> None:
    grid = await chat.imagine(quality="draft")
    run = await chat.ben.press(grid, "U1")
    alone = await run.message(is_picture, within=PATIENCE)
    await chat.ben.press(alone, "Delete")
    await alone.wait_deleted(PATIENCE)
    assert not grid.deleted


async def test_a_picture_goes_with_the_last_message_that_shows_it(chat: Chat) -> None:
    grid = await chat.imagine(quality="draft", count=2)
    alone = await (await chat.ben.press(grid, "U2")).message(is_picture, within=PATIENCE)
    blobs = [picture.blob or "" for picture in (await only_record(chat)).pictures]

    async def kept() -> list[bool]:
        return [await chat.studio.blobs.ahas(blob) for blob in blobs]

    async def until_kept(*wanted: bool) -> None:
        async with asyncio.timeout(PATIENCE):
            while await kept() != list(wanted):
                await asyncio.sleep(0.05)

    await chat.ada.press(grid, "Delete")
    await until_kept(False, True)
    await alone.wait(lambda message: "Vary strong" in message.labels)
    await chat.ben.press(alone, "Delete")
    await until_kept(False, False)
    # The row is the last to know.
    async with asyncio.timeout(PATIENCE):
        while any(picture.blob for picture in (await only_record(chat)).pictures):
            await asyncio.sleep(0.05)


async def test_a_cross_of_whoever_asked_removes_it_and_nobody_elses_does(chat: Chat) -> None:
    grid = await chat.imagine(quality="draft", count=2)
    alone = await (await chat.ben.press(grid, "U2")).message(is_picture, within=PATIENCE)
    async with asyncio.timeout(PATIENCE):
        while await chat.studio.showings.asked_by(alone.id) is None:
            await asyncio.sleep(0.05)
    await chat.ben.react(grid, "❌")
    await chat.ada.react(grid, "👍")
    await chat.ben.react(alone, "✖️")
    await alone.wait_deleted(PATIENCE)
    assert not grid.deleted
    await chat.ada.react(grid, "❌")
    await grid.wait_deleted(PATIENCE)
    async with asyncio.timeout(PATIENCE):
        while any(picture.blob for picture in (await only_record(chat)).pictures):
            await asyncio.sleep(0.05)
