"""What hearts and thumbs teach taste."""

from __future__ import annotations

import asyncio

from tests.bot.conftest import PATIENCE, Chat, is_picture


async def test_hearts_and_thumbs_under_a_picture_of_several_teach_whoever_gives_them(chat: Chat) -> None:
    grid = await chat.imagine("a house", quality="draft", count=2)
    alone = await (await chat.ada.press(grid, "U2")).message(is_picture, within=PATIENCE)
    taste = chat.studio.taste

    async def until(wanted: list[tuple[int, bool]]) -> None:
        async with asyncio.timeout(PATIENCE):
            while [(each.index, each.liked) for each in await taste.of_member(chat.ben.id, 9)] != wanted:
                await asyncio.sleep(0.05)

    async with asyncio.timeout(PATIENCE):
        while await chat.studio.showings.index_of(alone.id) is None:
            await asyncio.sleep(0.05)
    for unheard, mark in ((grid, "❤️"), (alone, "🎉")):
        await chat.ben.react(unheard, mark)
    await chat.ben.react(alone, "👎🏽")
    await until([(1, False)])
    await chat.ben.react(alone, "❤️")
    await until([(1, True)])
    assert not alone.deleted
