"""Remix: other words before a picture is made again."""

from __future__ import annotations

import pytest

from storage.recipe import Recipe
from tests.bot.conftest import PATIENCE, Chat, is_result, recipe_of


@pytest.mark.slow
async def test_members_who_switched_it_on_are_asked_for_other_words(chat: Chat) -> None:
    first = await chat.imagine(count=1, seed=3, quality="draft", negative="a tree")
    await (await chat.ben.command(chat.channel, "settings set", remix=True)).message()
    await chat.studio.notebook.write(chat.ben.id, {"kind": "phrase", "name": "ship", "text": "a blue boat"})
    for button, seed in (("Reroll", None), ("Vary subtle", 3)):
        run = await (await chat.ben.press(first, button)).response()
        assert run.modal is not None
        values = [each["component"].get("value", "") for each in run.modal["components"]]
        assert values == ["a red circle over the sea", "a tree"]
        filled = await chat.ben.submit_modal(run, {"Prompt": "$ship over the sea", "Negative prompt": ""})
        posted = await filled.message(is_result, within=PATIENCE)
        recipe = (await chat.studio.jobs.of_member(chat.ben.id))[0].pictures[0].recipe
        assert isinstance(recipe, Recipe)
        assert (recipe.prompt, recipe.negative_prompt) == ("a blue boat over the sea", "")
        assert chat.ben.mention in posted.content
        assert seed is None or recipe.noise.seed == seed
    refused = await (await chat.ben.press(first, "Reroll")).response()
    told = await (await chat.ben.submit_modal(refused, {"Prompt": "a naked woman"})).message()
    assert told.ephemeral
    assert "naked" in told.content

    # Whoever did not switch it on is asked nothing, and nobody switches it on for others.
    plain = await (await chat.ada.press(first, "Reroll")).message(is_result, within=PATIENCE)
    assert recipe_of(plain).prompt == "a red circle over the sea"
    options = {"where": "channel", "remix": True}
    run = await chat.moderator.command(chat.channel, "settings set", **options)
    assert "each member chooses alone" in (await run.message()).content
