"""Other programs' pictures in chat: made again, drawn over, and judged by what they say."""

from __future__ import annotations

import json

import pytest

from storage.jobs import Imagine
from storage.recipe import Recipe, sampled
from storage.recipe_file import read_recipe, to_png
from storage.starts import Whole
from storage.weighting import Weighting
from tests.bot.actions.test_redraw import MENU, told
from tests.bot.conftest import PATIENCE, Chat, is_result
from tests.bot.test_attachments import SEA
from tests.discord_emulator.actors import Upload
from tests.discord_emulator.messages import Message
from tests.storage.intake.other_programs.files import COMFYUI, PARAMETERS, commented, picture, png
from tests.storage.recipes import RECIPE

SAID = PARAMETERS.replace("28", "6").replace("512x768", "96x128").replace("1234", "1236")
A1111 = Upload("a.png", png({"parameters": SAID.replace("2M Karras", "SDE")}, SEA))


def recipe_of(message: Message) -> Recipe:
    recipe = sampled(read_recipe(message.attachments[0].content))
    assert recipe is not None
    return recipe


async def test_a_picture_is_made_again_and_what_is_not_here_is_told(chat: Chat) -> None:
    run = await chat.ada.command(chat.channel, "imagine", like=A1111, count=1)
    recipe = recipe_of(await run.message(is_result, within=PATIENCE))
    assert (recipe.prompt, recipe.negative_prompt) == ("a (red:1.2) boat", "trees, [blurry]")
    assert (recipe.steps, recipe.guidance_scale, recipe.noise.seed) == (6, 6.5, 1236)
    assert (recipe.sampler.label, recipe.weighting) == ("Euler a", Weighting.A1111)
    assert recipe.start is None
    said = await run.message(lambda message: message.ephemeral)
    assert "The checkpoint dreamshaper\\_8 is not here: pocket draws instead." in said.content
    assert "The sampler DPM++ SDE is not here: Euler a draws instead." in said.content


async def test_what_is_typed_comes_before_what_it_says(chat: Chat) -> None:
    file = Upload("a.webp", picture("WEBP", commented(SAID.replace("dreamshaper_8", "pocket"), "utf-16-le")))
    run = await chat.ada.command(
        chat.channel, "imagine", prompt="a star", like=file, count=1, seed=5, quality="draft"
    )
    recipe = recipe_of(await run.message(is_result, within=PATIENCE))
    assert (recipe.prompt, recipe.negative_prompt) == ("a star", "trees, [blurry]")
    assert (recipe.steps, recipe.noise.seed, recipe.guidance_scale) == (10, 5, 6.5)
    assert (recipe.width, recipe.height) == (96, 128), "its own size, as its own checkpoint is here"


async def test_without_a_prompt_a_picture_to_start_from_says_it(chat: Chat) -> None:
    file = Upload("a.png", png({"prompt": json.dumps(COMFYUI)}, SEA))
    run = await chat.ada.command(chat.channel, "imagine", image=file, count=1, quality="draft")
    recipe = recipe_of(await run.message(is_result, within=PATIENCE))
    assert recipe.prompt == "a (red:1.2) boat", "without the LoRA, which is not here"
    assert isinstance(recipe.start, Whole)


async def test_an_own_picture_is_made_again_without_what_it_was_made_from(chat: Chat) -> None:
    made = RECIPE.model_copy(update={"start": Whole(image="ab" * 32), "steps": 4})
    run = await chat.ada.command(chat.channel, "imagine", like=Upload("a.png", to_png(SEA, made)), count=1)
    recipe = recipe_of(await run.message(is_result, within=PATIENCE))
    assert (recipe.prompt, recipe.noise, recipe.start) == (RECIPE.prompt, RECIPE.noise, None)
    assert "It was made from another picture" in (await run.message(lambda m: m.ephemeral)).content


@pytest.mark.parametrize(
    ("said", "refusal"),
    [
        (SAID.replace("boat", "naked woman, porn"), "against this channel's policy"),
        (SAID.replace("boat", "boat, " * 300), "1,000 is the most"),
        (SAID.split("\n", 2)[2], "carries no words that I can read"),
    ],
)
async def test_what_a_picture_says_is_judged_like_typed_words(chat: Chat, said: str, refusal: str) -> None:
    file = Upload("a.png", png({"parameters": said}, SEA))
    assert refusal in await told(await chat.ada.command(chat.channel, "imagine", like=file))
    assert await chat.studio.jobs.of_member(chat.ada.id) == []


async def test_nothing_said_and_nothing_attached_is_a_sentence(chat: Chat) -> None:
    assert "Please say what should be in the picture" in await told(
        await chat.ada.command(chat.channel, "imagine", seed=1)
    )


async def test_pasted_lines_are_one_prompt(chat: Chat) -> None:
    posted = await chat.imagine("a red circle,\nover the sea", count=1, quality="draft")
    assert recipe_of(posted).prompt == "a red circle, over the sea"


async def test_the_form_to_redraw_it_knows_its_prompt_and_keeps_its_settings(chat: Chat) -> None:
    message = await chat.ben.say(chat.channel, "look", A1111)
    await chat.studio.cleaner.read_recipe(b"")
    opening = await (await chat.ada.message_command(message, MENU)).response()
    assert opening.modal is not None
    assert opening.modal["components"][0]["component"]["value"] == "a (red:1.2) boat"
    run = await chat.ada.submit_modal(opening, {"Prompt": "a blue boat"})
    await run.message(is_result, within=PATIENCE)
    (record,) = await chat.studio.jobs.of_member(chat.ada.id)
    assert isinstance(record.job.task, Imagine)
    task = record.job.task
    assert (task.prompt, task.negative_prompt) == ("a blue boat", "trees, [blurry]")
    assert (task.guidance_scale, task.steps) == (6.5, 6)
    assert isinstance(task.start, Whole)


async def test_the_form_shows_no_words_that_the_channel_forbids(chat: Chat) -> None:
    bad = png({"parameters": SAID.replace("boat", "naked woman, porn")}, SEA)
    message = await chat.ben.say(chat.channel, "look", Upload("a.png", bad))
    await chat.studio.cleaner.read_recipe(b"")
    opening = await (await chat.ada.message_command(message, MENU)).response()
    assert opening.modal is not None
    assert not opening.modal["components"][0]["component"].get("value")


async def test_what_is_pasted_is_drawn_by_its_settings_and_judged_by_its_words(chat: Chat) -> None:
    pasted = " ".join(SAID.replace("trees", "nude").replace("2M Karras", "SDE").split("\n"))
    run = await chat.ada.command(chat.channel, "imagine", prompt=pasted, count=1)
    recipe = recipe_of(await run.message(is_result, within=PATIENCE))
    assert (recipe.prompt, recipe.negative_prompt) == ("a (red:1.2) boat", "nude, [blurry]")
    assert (recipe.steps, recipe.guidance_scale, recipe.noise.seed) == (6, 6.5, 1236)
    said = await run.message(lambda message: message.ephemeral)
    assert "The sampler DPM++ SDE is not here: Euler a draws instead." in said.content
    bare = await chat.ada.command(
        chat.channel, "imagine", prompt=pasted.replace("boat", "naked woman"), count=1
    )
    assert "against this channel's policy" in await told(bare)


async def test_a_negative_prompt_may_be_pasted_behind_the_prompt(chat: Chat) -> None:
    words = "a red circle Negative prompt: nude, trees"
    run = await chat.ada.command(chat.channel, "imagine", prompt=words, count=1, quality="draft")
    recipe = recipe_of(await run.message(is_result, within=PATIENCE))
    assert (recipe.prompt, recipe.negative_prompt) == ("a red circle", "nude, trees")
