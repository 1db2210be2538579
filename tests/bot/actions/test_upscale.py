"""The buttons that make a picture larger."""

from __future__ import annotations

import asyncio

import pytest

import storage.sizes
from storage.jobs import Upscale
from storage.recipe import Upscaled
from storage.recipe_file import read_recipe
from tests.bot.conftest import PATIENCE, Chat, opened
from tests.discord_emulator.messages import Message

LARGER = ["2x", "4x", "Detail 2x", "Faces", "Redraw", "Describe", "Same again", "Report", "Delete"]


def is_larger(message: Message) -> bool:
    return message.labels == LARGER


async def test_anyone_makes_a_picture_larger_and_it_is_their_job(chat: Chat) -> None:
    parent = await chat.imagine(count=1, quality="draft")
    run = await chat.ben.press(parent, "4x")
    larger = await run.message(is_larger, within=PATIENCE)
    assert opened(larger.attachments[0]).size == (512, 512)
    assert "**a red circle over the sea**, 4x larger" in larger.content
    assert "4x by pocket-x4" in larger.content
    assert chat.ben.mention in larger.content
    assert f"/{parent.id}" in larger.content
    recipe = read_recipe(larger.attachments[0].content)
    assert isinstance(recipe, Upscaled)
    assert recipe.of == read_recipe(parent.attachments[0].content)
    (record,) = await chat.studio.jobs.of_member(chat.ben.id)
    assert isinstance(record.job.task, Upscale)
    assert (record.job.task.steps, record.credits) == (10, 1)
    run = await chat.ben.command(chat.channel, "jobs")
    assert "a red circle over the sea" in (await run.message()).content


async def test_the_buttons_work_after_a_restart_on_one_of_a_grid_and_on_what_is_larger(chat: Chat) -> None:
    grid = await chat.imagine(quality="draft", count=2)
    run = await chat.ada.press(grid, "U2")
    alone = await run.message(lambda message: "2x" in message.labels, within=PATIENCE)
    run = await chat.ada.press(alone, "2x")
    larger = await run.message(is_larger, within=PATIENCE)
    assert opened(larger.attachments[0]).size == (256, 256)
    await chat.stop_bot()
    await chat.start_bot()
    run = await chat.ben.press(larger, "2x")
    largest = await run.message(lambda message: is_larger(message) and message is not larger, within=PATIENCE)
    assert opened(largest.attachments[0]).size == (512, 512)
    assert f"/{larger.id}" in largest.content


async def test_too_large_is_one_sentence_and_costs_nothing(
    chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage.sizes, "MOST_UPSCALED_SIDE", 300)
    parent = await chat.imagine(count=1, quality="draft")
    run = await chat.ben.press(parent, "4x")
    said = await run.message(lambda message: "the most that I make" in message.content, within=PATIENCE)
    assert said.content.endswith("300 a side. Try 2x. It cost you nothing.")
    assert said.labels == []


@pytest.mark.slow
async def test_all_of_a_grid_are_enlarged_a_message_each(chat: Chat) -> None:
    grid = await chat.imagine(quality="standard", count=3)
    before = len(chat.channel.messages)
    await chat.ben.press(grid, "2x all")
    async with asyncio.timeout(PATIENCE):
        while len(larger := [each for each in chat.channel.messages if each.labels == LARGER]) < 3:
            await asyncio.sleep(0.05)
    assert len(chat.channel.messages) == before + 3
    assert {opened(each.attachments[0]).size for each in larger} == {(256, 256)}
    assert len({each.attachments[0].content for each in larger}) == 3
    assert all(chat.ben.mention in each.content for each in larger)
