"""What is chosen by default, where `/imagine` is not told otherwise."""

from __future__ import annotations

from storage.manner import Manner
from storage.records.defaults import Defaults
from tests.bot.commands.test_describe import is_description
from tests.bot.conftest import PATIENCE, Chat, is_picture, is_result, recipe_of
from tests.bot.test_attachments import SEA, upload
from tests.bot.test_embeddings import added


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


async def test_what_is_only_for_a_member_is_so_whatever_they_ask(chat: Chat) -> None:
    await added(chat, "zorbo", chat.ben)
    shown = await chat.imagine("a red circle", quality="draft", count=2)
    await chat.studio.defaults.set(chat.ben.id, Defaults(result=Manner.PRIVATE))
    for command, options in (
        ("shorten", {"prompt": "a big red circle at sunset"}),
        ("describe", {"image": upload(SEA)}),
    ):
        run = await chat.ben.command(chat.channel, command, **options)
        assert (await run.message(is_description, within=PATIENCE)).ephemeral, command
    tried = await chat.ben.command(chat.channel, "embeddings try", name="zorbo")
    assert (await tried.message(is_result, within=PATIENCE)).ephemeral
    again = await chat.ben.press(shown, "Reroll")
    assert (await again.message(is_result, within=PATIENCE)).ephemeral, "also of what everybody sees"
    alone = await chat.ben.press(shown, "U1")
    assert (await alone.message(is_picture, within=PATIENCE)).ephemeral
    again = await chat.ada.press(shown, "Reroll")
    assert not (await again.message(is_result, within=PATIENCE)).ephemeral
