"""Entries of the notebook in prompts: what they become is what is judged, drawn and kept in the recipe."""

from __future__ import annotations

from tests.bot.conftest import PATIENCE, Chat, recipe_of


async def test_what_a_prompt_becomes_is_drawn_and_judged(chat: Chat) -> None:
    notebook = chat.studio.notebook
    await notebook.write(chat.ben.id, {"kind": "phrase", "name": "Hero", "text": "a __colour__ circle"})
    await notebook.write(chat.ben.id, {"kind": "wildcard", "name": "colour", "options": ["red"]})
    await notebook.write(chat.ben.id, {"kind": "of another version", "name": "odd"})
    for name in ("hero", "colour", "odd"):
        await notebook.share(chat.ben.id, name, chat.guild.id)
    await notebook.write(chat.ada.id, {"kind": "phrase", "name": "bad", "text": "a naked woman"})
    style = {"kind": "style", "name": "night", "text": "{prompt} at night", "quality": "draft"}
    await notebook.write(chat.ada.id, style | {"negative": "sun"})
    recipe = recipe_of(await chat.imagine("$hero over the sea, $night", negative="a tree", count=1))
    assert (recipe.prompt, recipe.negative_prompt) == ("a red circle over the sea at night", "a tree, sun")
    assert recipe.steps == 10
    for prompt, said in (
        ("$bad", "naked"),
        ("$nobody", "There is no entry $nobody in your notebook"),
        ("a $odd thing", "There is no entry $odd"),
    ):
        run = await chat.ada.command(chat.channel, "imagine", prompt=prompt)
        refused = await run.message(within=PATIENCE)
        assert refused.ephemeral
        assert said in refused.content
