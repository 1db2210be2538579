"""`/embeddings`: brought, published, drawn with, rated, reported and withdrawn."""

from __future__ import annotations

from typing import Any

import pytest
from safetensors.torch import save
from torch import ones

from storage.records.embeddings import EmbeddingState, Preview
from tests.bot.actions.test_report import card, heard, moderators_channel
from tests.bot.conftest import PATIENCE, Chat
from tests.bot.test_attachments import SEA, upload
from tests.bot.test_embeddings import added, red_circle
from tests.discord_emulator.filling import Upload
from tests.discord_emulator.people import Member


async def answer(chat: Chat, member: Member, command: str, **options: Any) -> str:
    """What a member alone is told."""
    run = await member.command(chat.channel, f"embeddings {command}", **options)
    message = await run.message(lambda message: not message.loading, within=PATIENCE)
    assert message.ephemeral
    return message.render()


def a_file(data: bytes, name: str = "zorbo.safetensors") -> Upload:
    return Upload(name, data)


async def test_from_a_file_to_everybodys_word(chat: Chat) -> None:
    said = await answer(chat, chat.ben, "import", file=a_file(red_circle()), licence="CC-BY-4.0")
    assert "yours alone until you say `/embeddings publish`" in said
    assert "has no embeddings yet" in await answer(chat, chat.ada, "browse")
    assert "There is no embedding called zorbo" in await answer(
        chat, chat.ada, "publish", name="zorbo", licence="CC0-1.0", about="mine"
    )
    told = {"name": "zorbo", "licence": "CC-BY-4.0", "about": "A round thing"}
    alone = {**told, "licence": "this server only", "share": True}
    assert "leave out `share`" in await answer(chat, chat.ben, "publish", **alone)
    for preview in (SEA.rotate(180), SEA):
        said = await answer(chat, chat.ben, "publish", **told, preview=upload(preview))
        assert "Everybody here can write `<zorbo>`" in said
    record = await chat.studio.embeddings.named(chat.guild.id, "zorbo")
    assert record is not None
    assert [preview.brought for preview in record.previews] == [True], "the second in place of the first"
    tried = await chat.ada.command(chat.channel, "embeddings try", name="zorbo")
    assert "zorbo" in (await tried.message(within=PATIENCE)).content
    assert "zorbo has 4 stars from you" in await answer(chat, chat.ada, "rate", name="Zorbo", stars=4)
    assert "Nobody rates their own" in await answer(chat, chat.ben, "rate", name="zorbo", stars=5)
    shown = await answer(chat, chat.ada, "show", name="zorbo")
    for words in ("**zorbo** by ben", "A round thing", "used 1 time", "4.0 of 5 stars (1)", "CC-BY-4.0"):
        assert words in shown
    assert "a moderator, may withdraw it" in await answer(chat, chat.ada, "withdraw", name="zorbo")
    assert "zorbo is withdrawn" in await answer(chat, chat.ben, "withdraw", name="zorbo")
    assert "There is no embedding called zorbo" in await answer(chat, chat.ada, "show", name="zorbo")


async def test_what_is_brought_is_refused_in_a_sentence(chat: Chat) -> None:
    for file, options, said in (
        (a_file(b"\x89PNG\r\n\x1a\n"), {}, "is a picture and no embedding"),
        (a_file(save({"emb_params": ones(1, 768)})), {}, "text towers 768 wide, and no checkpoint here"),
        (a_file(red_circle(), "cat.safetensors"), {}, "is a word that prompts use already"),
        (a_file(red_circle()), {"name": "../etc"}, "is no name for an embedding"),
        (a_file(red_circle()), {"name": "nude-girl"}, "cannot be called"),
        (a_file(red_circle()), {"name": "cat", "allow_word": True}, "Only moderators"),
    ):
        assert said in await answer(chat, chat.ada, "import", file=file, licence="CC0-1.0", **options)
    await added(chat, "zorbo", chat.ben, state=EmbeddingState.PRIVATE)
    said = await answer(chat, chat.ada, "import", file=a_file(red_circle()), licence="CC0-1.0")
    assert "has an embedding called zorbo already" in said
    named = {"licence": "CC0-1.0", "name": "cat", "allow_word": True}
    said = await answer(chat, chat.moderator, "import", file=a_file(red_circle()), **named)
    assert "Write `<cat>` into a prompt" in said


async def test_a_member_has_so_many_embeddings(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.bundles.MOST_EACH", 1)
    await added(chat, "zebra", chat.ada)
    said = await answer(chat, chat.ada, "import", file=a_file(red_circle()), licence="CC0-1.0")
    assert "at most 1 embeddings in a server" in said


async def test_names_are_offered_to_those_who_may_use_them(chat: Chat) -> None:
    await added(chat, "zorbo", chat.ben, state=EmbeddingState.PRIVATE)
    await added(chat, "zebra-bot", chat.ben)
    for member, names in ((chat.ada, ["zebra-bot"]), (chat.ben, ["zebra-bot", "zorbo"])):
        run = await member.autocomplete(chat.channel, "embeddings show", "name", "z")
        assert [each["value"] for each in (await run.response()).choices or ()] == names


async def test_a_reported_embedding_comes_before_the_moderators(chat: Chat) -> None:
    desk = await moderators_channel(chat)
    preview = Preview(blob=await chat.studio.blobs.aput(upload(SEA).content), alt="zorbo")
    await added(chat, "zorbo", chat.ben, previews=(preview,))
    report = {"name": "zorbo", "reason": "It is <@1> mine"}
    assert "This embedding is yours" in await answer(chat, chat.ben, "report", **report)
    assert "Thank you. The moderators see your report" in await answer(chat, chat.ada, "report", **report)
    assert "already" in await answer(chat, chat.ada, "report", **report)
    shown = await card(desk, "An embedding was reported")
    assert "It is" in shown.content
    assert len(shown.attachments) == 1
    look = await (await chat.moderator.press(shown, "Look")).message(lambda m: bool(m.attachments), PATIENCE)
    assert look.ephemeral
    await chat.moderator.press(shown, "Withdraw")
    await heard(chat.ada, "the embedding zorbo that you reported, and withdrew it")
    await heard(chat.ben, "A moderator withdrew your embedding zorbo")
    assert "There is no embedding called zorbo" in await answer(chat, chat.ada, "show", name="zorbo")
