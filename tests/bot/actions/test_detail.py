"""The button that makes a picture larger with more in it."""

from __future__ import annotations

import pytest

from storage.recipe import Upscaled
from storage.recipe_file import read_recipe
from tests.bot.actions.test_upscale import is_larger
from tests.bot.conftest import PATIENCE, Chat, opened
from tests.gpuworker.engine.support import difference


@pytest.mark.slow
async def test_detail_is_drawn_over_a_larger_picture_and_the_same_again(chat: Chat) -> None:
    parent = await chat.imagine(count=1, quality="draft")
    run = await chat.ben.press(parent, "Detail 2x")
    larger = await run.message(is_larger, within=PATIENCE)
    assert opened(larger.attachments[0]).size == (256, 256)
    assert "2x larger, in more detail" in larger.content
    assert "2x by pocket-x4 · detail at strength 0.3, seed " in larger.content
    recipe = read_recipe(larger.attachments[0].content)
    assert isinstance(recipe, Upscaled)
    assert recipe.detail is not None
    assert (recipe.detail.side, recipe.steps, recipe.of) == (
        128,
        10,
        read_recipe(parent.attachments[0].content),
    )
    run = await chat.ada.press(larger, "Same again")
    again = await run.message(lambda message: is_larger(message) and message is not larger, within=PATIENCE)
    assert difference(opened(again.attachments[0]), opened(larger.attachments[0])) <= 1
