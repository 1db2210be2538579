"""U: one picture of a grid, alone."""

from __future__ import annotations

import numpy as np

from tests.bot.conftest import PATIENCE, Chat, is_picture, opened, recipe_of


async def test_u_posts_that_picture_alone(chat: Chat) -> None:
    grid = await chat.imagine(seed=40)
    run = await chat.ben.press(grid, "U3")
    alone = await run.message(is_picture, within=PATIENCE)
    assert recipe_of(alone).noise.seed == 42
    assert f"/{grid.id}" in alone.content
    quadrant = opened(grid.attachments[0]).crop((0, 132, 128, 260))
    assert np.array_equal(np.asarray(quadrant), np.asarray(opened(alone.attachments[0])))
