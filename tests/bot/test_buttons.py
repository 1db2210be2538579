"""What the buttons do, for whom, and after what."""

from __future__ import annotations

from itertools import cycle

import numpy as np
import pytest

from bot.actions import vary
from bot.weight_strip import colour_of
from storage.recipe import Recipe, sampled
from storage.recipe_file import read_recipe
from tests.bot.conftest import PATIENCE, Chat, is_result, opened
from tests.discord_emulator.messages import Message


def recipe_of(message: Message) -> Recipe:
    recipe = sampled(read_recipe(message.attachments[0].content))
    assert recipe is not None
    return recipe


def is_picture(message: Message) -> bool:
    return "Vary strong" in message.labels


async def test_u_posts_that_picture_alone(chat: Chat) -> None:
    grid = await chat.imagine(seed=40)
    run = await chat.ben.press(grid, "U3")
    alone = await run.message(is_picture, within=PATIENCE)
    assert recipe_of(alone).noise.seed == 42
    assert f"/{grid.id}" in alone.content
    quadrant = opened(grid.attachments[0]).crop((0, 132, 128, 260))
    assert np.array_equal(np.asarray(quadrant), np.asarray(opened(alone.attachments[0])))


async def test_variations_stay_near_and_strong_ones_go_further(
    chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Both vary towards the same four noises: else chance could carry a subtle variation further.
    monkeypatch.setattr(vary, "new_seed", cycle(range(100, 104)).__next__)
    parent = await chat.imagine(count=1, seed=3)
    original = np.asarray(opened(parent.attachments[0]), dtype=float)
    distances = {}
    for label in ("Vary subtle", "Vary strong"):
        run = await chat.ben.press(parent, label)
        grid = await run.message(is_result, within=PATIENCE)
        assert chat.ben.mention in grid.content
        assert f"/{parent.id}" in grid.content
        picture = np.asarray(opened(grid.attachments[0]), dtype=float)
        corners = [picture[y : y + 128, x : x + 128] for y in (0, 132) for x in (0, 132)]
        distances[label] = np.array([np.abs(corner - original).mean() for corner in corners])
    assert (distances["Vary subtle"] > 0).all()
    assert distances["Vary subtle"].mean() < distances["Vary strong"].mean()


async def test_reroll_is_the_pressers_job_with_fresh_seeds(chat: Chat) -> None:
    first = await chat.imagine(count=1, seed=3, quality="draft")
    run = await chat.ben.press(first, "Reroll")
    second = await run.message(is_result, within=PATIENCE)
    assert recipe_of(second).noise.seed != 3
    assert recipe_of(second).prompt == recipe_of(first).prompt
    jobs = await chat.studio.jobs.of_member(chat.ben.id)
    assert [record.origin.member_id for record in jobs] == [chat.ben.id]


async def test_buttons_work_after_a_restart(chat: Chat) -> None:
    grid = await chat.imagine(seed=7)
    await chat.stop_bot()
    await chat.start_bot()
    run = await chat.ada.press(grid, "U1")
    alone = await run.message(is_picture, within=PATIENCE)
    run = await chat.ada.press(alone, "Vary subtle")
    varied = await run.message(is_result, within=PATIENCE)
    assert "seed 7" in varied.content


async def test_whoever_asks_is_shown_how_a_prompt_was_read(chat: Chat) -> None:
    plain = await chat.imagine(count=1, quality="draft")
    assert "How was it read?" not in plain.labels
    grid = await chat.imagine("a (red:1.5) circle over the sea", count=2, quality="draft")
    run = await chat.ben.press(grid, "How was it read?")
    said = await run.message()
    assert said.ephemeral
    colours = set(map(tuple, np.asarray(opened(said.attachments[0])).reshape(-1, 3).tolist()))
    assert {colour_of(1.5), colour_of(1)} <= colours


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


async def test_cancel_stops_a_job_and_costs_nothing(chat: Chat) -> None:
    run = await chat.ada.command(chat.channel, "imagine", prompt="a tree", quality="fine", size="wide (7:4)")
    asked = await run.message()
    stranger = await chat.ben.press(asked, "Cancel")
    assert "may cancel it" in (await stranger.message(lambda message: message.ephemeral)).content
    await chat.ada.press(asked, "Cancel")
    await asked.wait(lambda message: "Cancelled." in message.content, PATIENCE)
    assert asked.labels == []
    (record,) = await chat.studio.jobs.of_member(chat.ada.id)
    assert record.credits == 0


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
