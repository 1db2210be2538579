"""Redraw with Darkroom, for every place in which a message can show a picture."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from storage.jobs import Imagine
from tests.bot.actions.test_redraw import MENU, told
from tests.bot.conftest import PATIENCE, Chat, is_result
from tests.bot.test_attachments import SEA, upload
from tests.discord_emulator.actors import Upload
from tests.discord_emulator.messages import Message

PICTURE = upload(SEA).content
NO_PICTURE = "No picture is attached to this message, so there is nothing to redraw."


async def redraws_the_sea(chat: Chat, message: Message) -> bool:
    """Whether the job that comes of the menu starts from the picture of the sea, and is posted."""
    opening = await (await chat.ada.message_command(message, MENU)).response()
    run = await chat.ada.submit_modal(opening, {"Prompt": "a blue star over the sea"})
    await run.message(is_result, within=PATIENCE)
    (record,) = await chat.studio.jobs.of_member(chat.ada.id)
    assert isinstance(record.job.task, Imagine)
    assert record.job.task.start is not None
    kept = Image.open(io.BytesIO(await chat.studio.blobs.aget(record.job.task.start.image)))
    return np.array_equal(np.asarray(kept), np.asarray(SEA))


@pytest.mark.slow
async def test_a_forwarded_picture(chat: Chat) -> None:
    elsewhere = chat.guild.channel("elsewhere")
    said = await chat.ben.say(elsewhere, "look", Upload("notes.txt", b"words"), upload(SEA))
    forwarded = await chat.ben.forward(said, chat.channel)
    assert forwarded.attachments == []
    assert await redraws_the_sea(chat, forwarded)


async def test_a_linked_picture_with_a_preview(chat: Chat) -> None:
    linked = await chat.ben.say(chat.channel, "https://example.com/sea.png", linked=PICTURE)
    assert await redraws_the_sea(chat, linked)
    assert chat.discord.unknown_requests == [], "the site itself is not asked"


@pytest.mark.slow
async def test_a_forwarded_link(chat: Chat) -> None:
    linked = await chat.ben.say(chat.channel, "https://example.com/sea.png", linked=PICTURE)
    assert await redraws_the_sea(chat, await chat.ben.forward(linked, chat.channel))


@pytest.mark.slow
async def test_an_attachment_of_which_nothing_is_said(chat: Chat) -> None:
    said = await chat.ben.say(chat.channel, "look", Upload("sea", PICTURE))
    assert "content_type" not in said.json()["attachments"][0]
    assert await redraws_the_sea(chat, said)


async def test_what_is_said_to_be_a_picture_comes_first(chat: Chat) -> None:
    said = await chat.ben.say(chat.channel, "look", Upload("unknown", b"MZ, a program"), upload(SEA))
    assert await redraws_the_sea(chat, said)


async def test_a_file_that_nobody_knows_is_looked_at_and_refused_kindly(chat: Chat) -> None:
    said = await chat.ben.say(chat.channel, "look", Upload("unknown", b"MZ, a program"))
    opening = await (await chat.ada.message_command(said, MENU)).response()
    run = await chat.ada.submit_modal(opening, {"Prompt": "a blue star over the sea"})
    assert "is no picture that can be read here" in await told(run)


@pytest.mark.parametrize(
    "files", [(), (Upload("notes.txt", b"words"),), (Upload("film.mp4", b"film"), Upload("a.zip", b"PK"))]
)
async def test_a_message_without_a_picture(chat: Chat, files: tuple[Upload, ...]) -> None:
    said = await chat.ben.say(chat.channel, "words", *files)
    assert await told(await chat.ada.message_command(said, MENU)) == NO_PICTURE


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1:{port}/api/v10/secret",
        "https://example.com/a.png",
        "https://cdn.discordapp.com@example.com/a.png",
        '{{"url": "http://127.0.0.1:{port}/secret", "size": 1}}',
        "",
        "\udcff",
    ],
)
async def test_whoever_writes_notes_cannot_make_the_bot_fetch_what_he_likes(
    chat: Chat, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "bot.actions.redraw.PATIENCE", 2.5
    )  # a machine that is busy has written the note by then
    said = await chat.ben.say(chat.channel, "look", upload(SEA))
    opening = await (await chat.ada.message_command(said, MENU)).response()
    port = chat.discord.api_url.split(":")[2].split("/")[0]
    (note,) = chat.studio.redis.scan_iter(f"darkroom:redraw:{chat.ada.id}:*")
    chat.studio.redis.set(note, address.format(port=port).encode(errors="surrogateescape"))
    run = await chat.ada.submit_modal(opening, {"Prompt": "a blue star over the sea"})
    assert "does not lie at Discord" in await told(run)
    assert await chat.studio.jobs.of_member(chat.ada.id) == []
    assert chat.discord.unknown_requests == []


async def test_the_prompt_of_our_own_picture_is_known_when_it_is_forwarded(chat: Chat) -> None:
    posted = await chat.imagine(count=1, seed=4, quality="draft")
    forwarded = await chat.ben.forward(posted, chat.channel)
    run = await (await chat.ada.message_command(forwarded, MENU)).response()
    assert run.modal is not None
    assert run.modal["components"][0]["component"]["value"] == "a red circle over the sea"
    assert "empty" in await told(await chat.ada.submit_modal(run, {"Prompt": " "}))
