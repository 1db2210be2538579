"""Pictures put into words, and pictures made of those words."""

from __future__ import annotations

from bot.delivery.delivery import under
from moderation.policy import NSFW, SFW
from storage.events import Association, Description
from storage.jobs import Describe
from storage.recipe import sampled
from storage.recipe_file import read_recipe
from storage.records.jobs import RowState
from tests.bot.conftest import PATIENCE, Chat, is_result, opened, settled
from tests.bot.test_attachments import BARE, SEA, upload
from tests.discord_emulator.actors import Upload
from tests.discord_emulator.messages import Message

WIDE = SEA.resize((192, 128))
WIDE.paste(SEA, (32, 0))


def is_description(message: Message) -> bool:
    return "Imagine this" in message.labels


async def test_an_attached_picture_is_described_and_imagined_anew(chat: Chat) -> None:
    run = await chat.ada.command(chat.channel, "describe", image=upload(WIDE))
    said = await run.message(is_description, within=PATIENCE)
    first, *words, prompt = said.content.splitlines()
    assert chat.ada.mention in first
    assert any("▰" in row and row.endswith("over the sea") for row in words)
    assert "red" in prompt
    assert "over the sea" in prompt
    assert (await settled(chat, RowState.POSTED)).credits == 0

    await chat.stop_bot()
    await chat.start_bot()
    run = await chat.ben.press(said, "Imagine this")
    made = await run.message(is_result, within=PATIENCE)
    assert prompt.removeprefix("> ") in made.content
    assert f"/{said.id}" in made.content
    assert chat.ben.mention in made.content
    assert opened(made.attachments[0]).size == (2 * 160 + 4, 2 * 96 + 4), "in the shape of the picture"


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
    assert listed.content.startswith("1. **What does this picture show?** — ")
    assert "done" in listed.content
    await chat.ben.press(said, "Delete")
    await said.wait_deleted(PATIENCE)


async def test_a_picture_that_the_policy_forbids_is_not_described(chat: Chat) -> None:
    run = await chat.ada.command(chat.channel, "describe", image=upload(BARE))
    said = await run.message(lambda message: "held against you" in message.content, within=PATIENCE)
    assert said.content.endswith("It cost you nothing.")
    assert not is_description(said)


async def test_what_is_no_picture_is_told_to_the_member_alone(chat: Chat) -> None:
    run = await chat.ada.command(chat.channel, "describe", image=Upload("photo.png", b"MZ, a program"))
    told = await run.message(lambda message: message.ephemeral and not message.loading)
    assert "no picture" in told.content
    assert chat.channel.messages == []


def test_words_follow_the_policy_of_the_channel_as_it_is_now() -> None:
    words = (Association(phrase="a naked man", agreement=0.5), Association(phrase="at sea", agreement=0.4))
    description = Description(words=words, prompt="a naked man, at sea", size=(8, 8))
    assert under(NSFW, description) == description
    assert under(SFW, description) == Description(words=words[1:], prompt="", size=(8, 8))


async def test_the_best_are_shown_with_their_ranks(chat: Chat) -> None:
    posted = await chat.imagine(count=2, best_of=4, quality="draft", seed=5)
    (record,) = await chat.studio.jobs.of_member(chat.ada.id)
    assert len(record.pictures) == 2
    better, good = (picture.scores for picture in record.pictures)
    assert better is not None
    assert good is not None
    assert "-# the best of 4, the best first" in posted.content
    assert record.credits == 2
    told = await (await chat.ben.press(posted, "How were they ranked?")).message()
    assert told.ephemeral
    heading, _, columns, *ranked = told.content.splitlines()
    assert heading == "The best of 4, the best first:"
    assert columns.split() == ["words", "people", "seed"]
    assert ranked[0].startswith(f"1st  {better.agreement:.2f}   ")
    assert ranked[1].startswith(f"2nd  {good.agreement:.2f}   ")

    run = await chat.ben.press(posted, "U2")
    alone = await run.message(lambda message: "Vary strong" in message.labels, within=PATIENCE)
    recipe = sampled(read_recipe(alone.attachments[0].content))
    assert recipe is not None
    assert recipe == record.pictures[1].recipe
    assert ranked[1].endswith(f" {recipe.noise.seed}")
    assert f"seed {recipe.noise.seed}" in alone.content
    run = await chat.ben.press(alone, "Reroll")
    again = await run.message(is_result, within=PATIENCE)
    assert "the best of" not in again.content
