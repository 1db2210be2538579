"""Pictures that grow by a choice in the menu under them."""

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


@pytest.mark.slow
async def test_a_picture_grows_and_links_back_also_when_it_is_the_best_or_was_made_larger(chat: Chat) -> None:
    first = await chat.imagine(count=1, best_of=2, seed=4, quality="draft")
    run = await chat.ben.select(first, "to the right")
    wide = await run.message(is_result, within=PATIENCE)
    run = await chat.ben.press(wide, "2x")
    larger = await run.message(lambda message: message.labels == LARGER, within=PATIENCE)
    await chat.stop_bot()
    await chat.start_bot()
    run = await chat.ada.select(larger, "square up")
    square = await run.message(is_result, within=PATIENCE)
    assert f"/{first.id}" in wide.content
    assert f"/{larger.id}" in square.content
    assert "outpainted in pieces of 192×128" in wide.content
    assert "the best of" not in wide.content
    old, wider, twice, squared = (
        np.asarray(opened(message.attachments[0])) for message in (first, wide, larger, square)
    )
    assert (wider.shape, twice.shape, squared.shape) == ((128, 192, 3), (256, 384, 3), (384, 384, 3))
    assert (wider[:, :128] == old).all()
    assert (squared[64:320] == twice).all()
    recipe = read_recipe(square.attachments[0].content)
    assert recipe is not None
    assert (recipe.prompt, recipe.steps) == ("a red circle over the sea", 10)
    records = await chat.studio.jobs.of_member(chat.ben.id)
    assert [(record.origin.member_id, record.credits) for record in records] == [(chat.ben.id, 1)] * 2


async def test_what_cannot_grow_is_one_sentence_and_no_job(chat: Chat) -> None:
    posted = await chat.imagine(count=1, seed=4, quality="draft")
    run = await chat.ben.select(posted, "square up")
    said = await run.message()
    assert said.ephemeral
    assert said.content == "This picture is square already: there is nothing to add."
    assert await chat.studio.jobs.of_member(chat.ben.id) == []


async def test_head_room_costs_nothing_where_no_head_is_cut_off(chat: Chat) -> None:
    scene = Scene("snow", (), (Figure("man", "red", "standing", "centre", "big"),))
    whole = Image.fromarray(draw(scene, 2).pixels)
    settings = {"count": 1, "quality": "draft", "strength": 0.05, "seed": 1}
    posted = await chat.imagine("a man in a red shirt in the snow", image=upload(whole), **settings)
    run = await chat.ben.select(posted, "head room")
    message = await run.message(lambda message: "I see no head cut off" in message.content, within=PATIENCE)
    assert message.attachments == []
    (record,) = await chat.studio.jobs.of_member(chat.ben.id)
    assert record.credits == 0
    assert record.pictures == ()
