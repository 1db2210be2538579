"""Reroll: the same words, other noise."""

from __future__ import annotations

from tests.bot.conftest import PATIENCE, Chat, is_result, recipe_of


async def test_reroll_is_the_pressers_job_with_fresh_seeds(chat: Chat) -> None:
    first = await chat.imagine(count=1, seed=3, quality="draft")
    run = await chat.ben.press(first, "Reroll")
    second = await run.message(is_result, within=PATIENCE)
    assert recipe_of(second).noise.seed != 3
    assert recipe_of(second).prompt == recipe_of(first).prompt
    jobs = await chat.studio.jobs.of_member(chat.ben.id)
    assert [record.origin.member_id for record in jobs] == [chat.ben.id]
