"""What a picture was made to show is judged with what is made of it, on whichever way it comes."""

from __future__ import annotations

import io
from types import SimpleNamespace
from typing import Any, cast

import pytest
from PIL import Image

from bot.shown_words import shown_before
from bot.studio import Studio
from moderation.judge import judge_prompt
from moderation.policy import NSFW
from storage.starts import Whole
from storage.training import Subject
from tests.bot.actions.test_report import told
from tests.bot.conftest import PATIENCE, Chat, is_result
from tests.conftest import a_job, imagined
from tests.discord_emulator.actors import Upload
from tests.discord_emulator.attachments import Attachment
from tests.discord_emulator.messages import Message

CHILD, NAKED = "a child in a meadow", "a naked figure"
PICTURE, FILE = "a" * 64, "f" * 64
QUICK = {"count": 1, "quality": "draft", "anatomy": "off: none"}


def copied(file: Attachment) -> bytes:
    """The same pixels, of which the file says nothing any more."""
    Image.open(io.BytesIO(file.content)).save(copy := io.BytesIO(), "PNG")
    return copy.getvalue()


async def test_a_picture_that_is_brought_back_tells_its_words_by_its_recipe_or_its_name(chat: Chat) -> None:
    first = await chat.imagine(CHILD, **QUICK)
    file = first.attachments[0]
    for upload in (Upload("x.png", file.content), Upload(file.filename, copied(file))):
        asked: list[tuple[str, dict[str, Any]]] = [
            ("imagine", {"prompt": NAKED, "image": upload, **QUICK}),
            ("edit", {"picture": upload, "from": "a figure", "to": NAKED}),
        ]
        for command, options in asked:
            said = await told(await chat.ada.command(chat.channel, command, **options))
            assert "“child”" in said, (command, upload.filename)
            assert "“naked”" in said
    opening = await (await chat.ben.message_command(first, "Redraw with Darkroom")).response()
    assert "“child”" in await told(await chat.ben.submit_modal(opening, {"Prompt": NAKED}))


async def test_words_count_that_a_picture_on_the_way_no_longer_says(chat: Chat) -> None:
    first = await chat.imagine(CHILD, **QUICK)
    second = await redrawn(chat, first, "a meadow")
    grid = Upload("x.png", second.attachments[0].content)
    again = await chat.ada.command(chat.channel, "imagine", prompt=NAKED, image=grid, **QUICK)
    assert "“child”" in await told(again)
    (job, _) = [record.job for record in await chat.studio.jobs.of_member(chat.ada.id)]
    assert job.shows == (CHILD,)
    assert job.said_of(imagined(job)).beside == (CHILD,)


async def redrawn(chat: Chat, message: Message, prompt: str) -> Message:
    opening = await (await chat.ada.press(message, "Redraw")).response()
    run = await chat.ada.submit_modal(opening, {"Prompt": prompt, "Strength": "0.3"})
    return await run.message(lambda each: is_result(each) and each is not message, PATIENCE)


@pytest.mark.parametrize(("subject", "shown"), [(Subject.CHARACTER, (CHILD,)), (Subject.STYLE, ())])
async def test_a_word_for_somebody_tells_what_the_pictures_of_its_training_showed(
    subject: Subject, shown: tuple[str, ...]
) -> None:
    class Noted:
        async def trained(self, files: object) -> list[dict[str, Any]]:
            return [{"subject": subject.value, "examples": [{"image": PICTURE}]}]

        async def of(self, blobs: object) -> tuple[str, ...]:
            return (CHILD,) if PICTURE in cast(set[str], blobs) else ()

    studio = cast(Studio, SimpleNamespace(lineage=Noted(), shown_words=Noted()))
    task = imagined(a_job())
    assert await shown_before(studio, task) == ()
    assert await shown_before(studio, task.model_copy(update={"embeddings": {"zorbo": FILE}})) == shown
    begun = task.model_copy(update={"start": Whole(image=PICTURE, strength=0.5)})
    assert await shown_before(studio, begun) == (CHILD,)
    assert await shown_before(studio, begun.model_copy(update={"prompt": CHILD})) == ()


async def test_words_that_no_member_could_type_are_read_without_their_form() -> None:
    class Noted:
        async def of(self, blobs: object) -> tuple[str, ...]:
            return ("a child\0 (((", "a child " * 200, "\0")

    task = imagined(a_job()).model_copy(update={"start": Whole(image=PICTURE, strength=0.5)})
    shown = await shown_before(cast(Studio, SimpleNamespace(shown_words=Noted())), task)
    assert [" ".join(text.split()[:2]) for text in shown] == ["a child", "a child"]
    assert not judge_prompt("", "", NSFW, beside=shown[:1]).blocked
