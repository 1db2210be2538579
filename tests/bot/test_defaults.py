"""What is chosen by default, where `/imagine` is not told otherwise."""

from __future__ import annotations

from storage.records.defaults import Defaults
from tests.bot.conftest import Chat, recipe_of


async def test_what_was_chosen_is_taken_unless_it_is_said(chat: Chat) -> None:
    defaults = chat.studio.defaults
    await defaults.set(chat.channel.id, Defaults(count=2, quality="draft", size="landscape", style="gone"))
    style = {"kind": "style", "name": "ink", "text": "in ink", "imagination": "free"}
    await chat.studio.notebook.write(chat.ada.id, style)
    await defaults.set(chat.ada.id, Defaults(count=1, negative="a tree", style="ink"))
    taken = recipe_of(await chat.imagine("a boat"))
    assert (taken.prompt, taken.negative_prompt, taken.steps) == ("a boat, in ink", "a tree", 10)
    assert (taken.width, taken.height, taken.guidance_scale) == (144, 96, 3)
    (record,) = await chat.studio.jobs.of_member(chat.ada.id)
    assert len(record.pictures) == 1
    said = recipe_of(await chat.imagine("a house", negative="a dog", size="square", imagination="wild"))
    assert (said.prompt, said.negative_prompt) == ("a house, in ink", "a dog")
    assert (said.width, said.height, said.guidance_scale) == (128, 128, 2)
    plain = recipe_of(await chat.imagine("a star", plain=True))
    assert (plain.prompt, plain.negative_prompt) == ("a star", "")
    assert (plain.width, plain.height) == (144, 96), "all else is as usual"
