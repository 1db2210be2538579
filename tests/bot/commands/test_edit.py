"""`/edit`, as members use it."""

from __future__ import annotations

from typing import Any

import numpy as np
from PIL import Image, ImageFilter

from pocket.world.drawing import draw
from pocket.world.scene import Scene, Thing
from storage.recipe_file import read_recipe
from tests.bot.conftest import PATIENCE, Chat, is_result, opened
from tests.bot.test_attachments import upload

DRAWING = draw(Scene("sea", (Thing("circle", "red", "centre", "big"),)), 1)
PICTURE = Image.fromarray(DRAWING.pixels)
FROM, TO = "a big red circle in the middle over the sea", "a big blue circle in the middle over the sea"


def texts(shows: str, prompt: str) -> dict[str, Any]:
    """Both options, one of which is no name in Python."""
    return {"from": shows, "to": prompt}


async def test_the_circle_turns_blue_and_the_rest_stays_and_so_again(chat: Chat) -> None:
    run = await chat.ada.command(
        chat.channel, "edit", picture=upload(PICTURE), quality="draft", seed=1, **texts(FROM, TO)
    )
    posted = await run.message(is_result, within=PATIENCE)
    assert TO in posted.content
    assert "edited at 128×128" in posted.content
    made, mask = np.asarray(opened(posted.attachments[0])), DRAWING.annotations[0].mask
    red, _, blue = made[mask].mean(axis=0)
    assert blue > red + 60
    # Its outline is drawn anew with it.
    around = np.asarray(Image.fromarray(mask).convert("L").filter(ImageFilter.MaxFilter(7))) > 0
    squares = (made.astype(int) - DRAWING.pixels)[~around] ** 2
    assert 10 * np.log10(255**2 / squares.mean()) > 25
    recipe = read_recipe(posted.attachments[0].content)
    assert recipe is not None
    assert recipe.prompt == TO
    run = await chat.ben.press(posted, "Same again")
    again = await run.message(is_result, within=PATIENCE)
    assert np.abs(np.asarray(opened(again.attachments[0])).astype(int) - made).max() <= 1


async def test_what_cannot_be_done_is_one_sentence_and_no_job(chat: Chat) -> None:
    holes = PICTURE.convert("RGBA")
    holes.paste((0, 0, 0, 0), (0, 0, 40, 40))
    for picture, both, said in (
        (PICTURE, texts(TO, TO), "Both texts say the same"),
        (PICTURE, texts("a naked woman", TO), "."),
        (PICTURE, texts(FROM, "a naked woman"), "."),
        (holes, texts(FROM, TO), "transparent"),
    ):
        run = await chat.ada.command(chat.channel, "edit", picture=upload(picture), **both)
        assert said in (await run.message(lambda message: bool(message.content))).content
    assert await chat.studio.jobs.of_member(chat.ada.id) == []
