"""The button that makes a picture once more."""

from __future__ import annotations

import numpy as np
import pytest

from storage.recipe_file import read_recipe
from tests.bot.actions.test_upscale import LARGER
from tests.bot.conftest import PATIENCE, Chat, is_result, opened


@pytest.mark.slow
async def test_the_same_picture_comes_again_for_whoever_asks(chat: Chat) -> None:
    grid = await chat.imagine(seed=40, quality="draft")
    run = await chat.ada.press(grid, "U3")
    alone = await run.message(lambda message: "Same again" in message.labels, within=PATIENCE)
    run = await chat.ben.press(alone, "Same again")
    again = await run.message(is_result, within=PATIENCE)
    assert chat.ben.mention in again.content
    assert f"/{alone.id}" in again.content
    first, second = (message.attachments[0].content for message in (alone, again))
    assert read_recipe(first) == read_recipe(second)
    differs = np.asarray(opened(alone.attachments[0]), int) - np.asarray(opened(again.attachments[0]), int)
    assert np.abs(differs).max() <= 1


@pytest.mark.slow
async def test_what_was_made_from_a_picture_needs_it(chat: Chat) -> None:
    first = await chat.imagine(count=1, seed=4, quality="draft")
    run = await chat.ada.press(first, "2x")
    larger = await run.message(lambda message: message.labels == LARGER, within=PATIENCE)
    run = await chat.ben.press(larger, "Same again")
    again = await run.message(lambda message: message.labels == LARGER, within=PATIENCE)
    old, new = (np.asarray(opened(message.attachments[0]), int) for message in (larger, again))
    assert np.abs(old - new).max() <= 1

    recipe = read_recipe(larger.attachments[0].content)
    assert recipe is not None
    (source,) = recipe.sources
    chat.studio.blobs.delete(source)
    run = await chat.ben.press(larger, "Same again")
    said = await run.message(lambda message: message.ephemeral)
    assert "no longer kept, so it cannot be made again" in said.content
