"""The button that gives people better faces."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from pocket.world.drawing import draw
from pocket.world.scene import Figure, Scene
from storage.recipe_file import read_recipe
from tests.bot.actions.test_upscale import LARGER
from tests.bot.conftest import PATIENCE, Chat, is_result, opened
from tests.bot.test_attachments import upload

MAN = Image.fromarray(draw(Scene("snow", (), (Figure("man", "red", "standing", "centre", "big"),)), 2).pixels)
WORDS = "a man in a red shirt in the snow"


@pytest.mark.slow
async def test_anyone_has_faces_rendered_again_also_of_what_is_larger(chat: Chat) -> None:
    settings = {"count": 1, "quality": "draft", "strength": 0.05, "seed": 1}
    first = await chat.imagine(WORDS, image=upload(MAN), **settings)
    run = await chat.ben.press(first, "Faces")
    faced = await run.message(is_result, within=PATIENCE)
    assert f"/{first.id}" in faced.content
    assert WORDS in faced.content
    assert "faces rendered at 128×128" in faced.content
    old, new = (np.asarray(opened(message.attachments[0])).astype(int) for message in (first, faced))
    changed = np.argwhere((old != new).any(2))
    assert 100 < len(changed) < 2500
    assert changed[:, 0].max() < 60, "below the head nothing has changed"
    recipe = read_recipe(faced.attachments[0].content)
    assert recipe is not None
    assert (recipe.prompt, recipe.steps) == (WORDS, 10)
    (record,) = await chat.studio.jobs.of_member(chat.ben.id)
    assert record.credits == 1
    run = await chat.ben.press(faced, "2x")
    larger = await run.message(lambda message: message.labels == LARGER, within=PATIENCE)
    await chat.stop_bot()
    await chat.start_bot()
    run = await chat.ada.press(larger, "Faces")
    again = await run.message(is_result, within=PATIENCE)
    assert opened(again.attachments[0]).size == (256, 256)


async def test_a_picture_without_a_face_costs_nothing(chat: Chat) -> None:
    posted = await chat.imagine(count=1, seed=4, quality="draft")
    run = await chat.ben.press(posted, "Faces")
    message = await run.message(lambda message: "I see no face" in message.content, within=PATIENCE)
    assert message.attachments == []
    (record,) = await chat.studio.jobs.of_member(chat.ben.id)
    assert (record.credits, record.pictures) == (0, ())
