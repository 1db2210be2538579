"""Entries of the notebook in prompts: what they become is what is judged, drawn and kept in the recipe."""

from __future__ import annotations

from typing import Any

from bot.actions.cancel import stop
from storage.jobs import Imagine
from storage.records.defaults import Defaults
from storage.records.jobs import JobRecord
from tests.bot.conftest import PATIENCE, Chat, recipe_of
from tests.bot.test_attachments import SEA, upload
from tests.discord_emulator.interactions import InteractionRun
from tests.gpuworker.stages.test_blend import CIRCLE, STAR


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
        ("$night", "say what should be in the picture, beside the style"),
        ("three __colou__s", "There is no entry \\_\\_colou\\_\\_"),
    ):
        run = await chat.ada.command(chat.channel, "imagine", prompt=prompt)
        refused = await run.message(within=PATIENCE)
        assert refused.ephemeral
        assert said in refused.content


async def asked_for(chat: Chat, run: InteractionRun) -> JobRecord:
    """What a command asked for; nobody waits for that."""
    await run.message(lambda message: "Cancel" in message.labels, within=PATIENCE)
    record = (await chat.studio.jobs.of_member(chat.ben.id))[0]
    await stop(chat.studio, record.job)
    return record


async def test_other_commands_and_forms_know_the_notebook_and_what_is_drawn_with_here(chat: Chat) -> None:
    for entry in (
        {"kind": "phrase", "name": "hero", "text": "a __colour__ circle"},
        {"kind": "wildcard", "name": "colour", "options": ["red", "blue", "green", "purple"]},
        {"kind": "style", "name": "night", "text": "{prompt} at night", "negative": "sun"},
    ):
        await chat.studio.notebook.write(chat.ben.id, entry)
    posted = await chat.imagine("a red circle over the sea", count=1, quality="draft")
    await chat.studio.defaults.set(chat.guild.id, Defaults(checkpoint="pocket-2"))

    both = {"picture1": upload(STAR), "picture2": upload(CIRCLE)}
    run = await chat.ben.command(chat.channel, "blend", prompt="a star, $night", **both)
    blended = await asked_for(chat, run)
    texts: dict[str, Any] = {"from": "$hero over the sea", "to": "$hero over the sea, $night"}
    edited = await asked_for(chat, await chat.ben.command(chat.channel, "edit", picture=upload(SEA), **texts))
    opening = await chat.ben.press(posted, "Redraw")
    await opening.response()
    redrawn = await asked_for(chat, await chat.ben.submit_modal(opening, {"Prompt": "a boat, $night"}))
    opening = await chat.ben.message_command(posted, "Redraw with Darkroom")
    await opening.response()
    elsewhere = await asked_for(chat, await chat.ben.submit_modal(opening, {"Prompt": "a boat, $night"}))

    asked = (blended, edited, redrawn, elsewhere)
    tasks = [each.job.task for each in asked if isinstance(each.job.task, Imagine)]
    assert [each.negative_prompt for each in tasks] == ["sun"] * 4
    assert [each.prompt for each in (tasks[0], *tasks[2:])] == ["a star at night", *["a boat at night"] * 2]
    assert tasks[1].prompt == f"{tasks[1].start.shows} at night"  # type: ignore[union-attr]
    assert [each.job.checkpoint for each in asked] == [
        "pocket-2",
        "pocket-2",
        "pocket",
        "pocket-2",
    ]
    for command, options in (
        ("blend", {"prompt": "$nobody", **both}),
        ("edit", {"from": "a tree", "to": "$nobody", "picture": upload(SEA)}),
    ):
        run = await chat.ben.command(chat.channel, command, **options)
        told = await run.message(lambda message: not message.loading, within=PATIENCE)
        assert "There is no entry $nobody in your notebook" in told.content
