"""`/taste`, and what members teach by pressing buttons."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from bot.taste import taste_of
from storage.records.taste import Chosen
from tests.bot.conftest import PATIENCE, Chat, is_picture, opened
from tests.bot.test_embeddings import added
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
    assert "You have chosen or rated 0 times so far; from 5 on" in (await asked(chat, "show")).content
    for module in ("bot.taste", "bot.commands.taste"):
        monkeypatch.setattr(f"{module}.FEWEST_CHOICES", 1)
    grid = await chat.imagine("a house", seed=5, steps=4)
    run = await chat.ada.press(grid, "U2")
    alone = await run.message(is_picture, within=PATIENCE)
    chosen = await last_choice(chat, lambda it: it.liked)
    assert (chosen.index, len(chosen.looks)) == (1, 4)

    said = await asked(chat, "show")
    assert "follows what you chose and rated, 1 time so far" in said.content
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


async def test_stars_for_words_rank_as_choices_do(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.taste.FEWEST_CHOICES", 1)
    for name, prompt in (("zorbo", "a zorbo over the sea"), ("zebra-bot", "zebra-bot at night")):
        await added(chat, name, chat.ben)
        await chat.imagine(prompt, seed=3, steps=4, count=2)
    studio, ada = chat.studio, chat.ada.id

    async def rate(name: str, stars: int) -> None:
        run = await chat.ada.command(chat.channel, "embeddings rate", name=name, stars=stars)
        assert f"{stars} stars from you" in (await run.message(within=PATIENCE)).content

    await asked(chat, "off")
    await rate("zorbo", 1)
    assert await studio.taste.rated_by(ada) == [], "nothing is noted while it is off"
    await asked(chat, "on")
    await rate("zorbo", 5)
    assert await taste_of(studio, ada, chat.guild.id) is None, "one rating compares nothing"
    await rate("zebra-bot", 2)

    looks = {each.stars: each.looks[0].vector for each in await studio.taste.rated_by(ada)}
    for member in (ada, chat.ben.id):
        taste = await taste_of(studio, member, chat.guild.id)
        assert taste is not None, "the server learns, too"
        assert looks[5] @ taste.vector > looks[2] @ taste.vector + 0.5
    await chat.imagine("a house", seed=9, steps=4, best_of=2, count=1)
    (ranked, *_) = await studio.jobs.of_member(ada)
    assert ranked.pictures[0].scores is not None
    assert ranked.pictures[0].scores.taste is not None
