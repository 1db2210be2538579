"""`/taste`, and what members teach by pressing buttons."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from storage.records.taste import Chosen
from tests.bot.conftest import PATIENCE, Chat, is_picture, opened
from tests.discord_emulator.messages import Message


async def asked(chat: Chat, what: str) -> Message:
    """What Ada is told about her taste."""
    run = await chat.ada.command(chat.channel, f"taste {what}")
    return await run.message(lambda message: message.ephemeral and bool(message.content), within=PATIENCE)


async def last_choice(chat: Chat, wanted: Callable[[Chosen], bool]) -> Chosen:
    """Ada's last choice, once it is like that: it is noted after the answer."""
    async with asyncio.timeout(PATIENCE):
        while True:
            for each in await chat.studio.taste.of_member(chat.ada.id, 1):
                if wanted(each):
                    return each
            await asyncio.sleep(0.05)


async def test_what_was_chosen_ranks_is_shown_and_is_forgotten(
    chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "You have chosen 0 pictures so far; from 5 on" in (await asked(chat, "show")).content
    for module in ("bot.taste", "bot.commands.taste"):
        monkeypatch.setattr(f"{module}.FEWEST_CHOICES", 1)
    grid = await chat.imagine("a house", seed=5, steps=4)
    run = await chat.ada.press(grid, "U2")
    alone = await run.message(is_picture, within=PATIENCE)
    chosen = await last_choice(chat, lambda it: it.liked)
    assert (chosen.index, len(chosen.looks)) == (1, 4)

    said = await asked(chat, "show")
    assert "follows what you chose: 1 picture so far" in said.content
    (sheet,) = said.attachments
    assert opened(sheet).size == (192, 192)

    await chat.imagine("a house", seed=9, steps=4, best_of=2, count=1)
    record, *_ = await chat.studio.jobs.of_member(chat.ada.id)
    assert record.job.taste is None, "it is nowhere but in the choices"
    (best,) = record.pictures
    assert best.scores is not None
    assert best.scores.taste is not None

    await chat.ada.press(alone, "Delete")

    assert (await last_choice(chat, lambda it: not it.liked)).index == 1
    assert "not used" in (await asked(chat, "off")).content
    run = await chat.ada.press(grid, "U3")
    await run.message(is_picture, within=PATIENCE)
    assert await chat.studio.taste.count(chat.ada.id) == 1, "nothing is noted while it is off"
    assert "Taste is off" in (await asked(chat, "show")).content
    await asked(chat, "on")
    assert "forgotten" in (await asked(chat, "reset")).content
    assert await chat.studio.taste.count(chat.ada.id) == 0
