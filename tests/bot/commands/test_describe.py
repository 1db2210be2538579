"""Pictures put into words, and pictures made of those words."""

from __future__ import annotations

from bot.delivery.delivery import under
from moderation.policy import NSFW, SFW
from storage.events import Association, Description
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
    assert opened(made.attachments[0]).size == (2 * 144 + 4, 2 * 96 + 4), "in the shape of the picture"


async def test_a_picture_that_the_policy_forbids_is_not_described(chat: Chat) -> None:
    run = await chat.ada.command(chat.channel, "describe", image=upload(BARE))
    said = await run.message(lambda message: "held against you" in message.content, within=PATIENCE)
    assert "cost" not in said.content, "words are free in any case"
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
