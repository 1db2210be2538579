"""`/blend`, as members use it."""

from __future__ import annotations

import numpy as np
import pytest

from storage.recipe_file import read_recipe
from storage.starts import Blend
from tests.bot.conftest import PATIENCE, Chat, is_result, opened
from tests.bot.test_attachments import upload
from tests.gpuworker.stages.test_blend import CIRCLE, STAR


@pytest.mark.slow
async def test_a_yellow_star_and_a_purple_circle_are_both_in_it_and_so_again(chat: Chat) -> None:
    run = await chat.ada.command(chat.channel, "blend", picture1=upload(STAR), picture2=upload(CIRCLE))
    posted = await run.message(is_result, within=PATIENCE)
    title, found, settings, *_ = posted.content.splitlines()
    assert title == f"**Something of each of 2 pictures** — {chat.ada.mention}"
    first, second = (
        "a yellow star, in the forest, on the left",
        "a purple circle, in the desert, on the right",
    )
    assert found == f"> {first} and {second}"
    assert "2 pictures blended at 128×128" in settings
    red, green, blue = np.moveaxis(np.asarray(opened(posted.attachments[0])).astype(int), 2, 0)
    assert ((red > 200) & (green > 180) & (blue < 90)).mean() > 0.005, "the star"
    assert ((red < 170) & (green < 90) & (blue > 120)).mean() > 0.005, "the circle"

    run = await chat.ben.press(posted, "U1")
    alone = await run.message(lambda message: "Same again" in message.labels, within=PATIENCE)
    recipe = read_recipe(alone.attachments[0].content)
    assert recipe is not None
    assert isinstance(recipe.start, Blend)  # type: ignore[union-attr]
    assert f"> {recipe.prompt}" == found
    run = await chat.ben.press(alone, "Same again")
    again = await run.message(lambda m: is_result(m) and m.id != alone.id, within=PATIENCE)
    once, twice = (np.asarray(opened(m.attachments[0])).astype(int) for m in (alone, again))
    assert np.abs(once - twice).max() <= 1


async def test_what_cannot_be_blended_is_one_sentence_and_no_job(chat: Chat) -> None:
    holes = CIRCLE.convert("RGBA")
    holes.paste((0, 0, 0, 0), (0, 0, 40, 40))
    for other, prompt, said in (
        (STAR, {}, "the same picture"),
        (holes, {}, "transparent"),
        (CIRCLE, {"prompt": "a naked woman"}, "naked"),
    ):
        pictures = {"picture1": upload(STAR), "picture2": upload(other)}
        run = await chat.ada.command(chat.channel, "blend", **pictures, **prompt)
        told = await run.message(lambda message: bool(message.content) and not message.loading)
        assert said in told.content
    assert await chat.studio.jobs.of_member(chat.ada.id) == []
