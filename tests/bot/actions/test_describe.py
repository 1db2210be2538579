"""The button that puts a picture into words."""

from __future__ import annotations

from storage.jobs import Describe
from tests.bot.commands.test_describe import is_description
from tests.bot.conftest import PATIENCE, Chat


async def test_a_single_picture_is_described_by_its_button(chat: Chat) -> None:
    picture = await chat.imagine("a red circle over the sea", count=1, quality="draft", seed=3)
    assert "Describe" in picture.labels
    run = await chat.ben.press(picture, "Describe")
    said = await run.message(is_description, within=PATIENCE)
    assert f"/{picture.id}" in said.content
    (record,) = await chat.studio.jobs.of_member(chat.ben.id)
    assert isinstance(record.job.task, Describe)
    assert record.description is not None
    assert record.description.prompt in said.content
    listed = await (await chat.ben.command(chat.channel, "jobs")).message()
    assert listed.content.startswith("1. **What does this picture show?** (words, <t:")
    assert "done" in listed.content
    await chat.ben.press(said, "Delete")
    await said.wait_deleted(PATIENCE)
