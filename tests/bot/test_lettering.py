"""What is written in pictures that members hand in is judged before a job is made of them."""

from __future__ import annotations

import io
from types import SimpleNamespace
from typing import cast

import pytest
from PIL import Image, ImageDraw

from bot.lettering import refuse_writing
from bot.refusals import PromptRefused
from bot.review import Reviewer
from bot.studio import Studio
from moderation import lettering as room
from moderation.pinned_onnx import DetectorError
from moderation.policy import NSFW, SFW
from storage.jobs import Describe, Imagine
from storage.starts import Mask
from tests.bot.conftest import Chat
from tests.bot.test_attachments import QUICK, upload
from tests.conftest import a_job, imagined
from tests.moderation.test_lettering import written

SCENE, NAME, BLANK = "a" * 64, "b" * 64, "c" * 64


class Blobs:
    """Three stored pictures, and how often each was fetched."""

    def __init__(self) -> None:
        mask = Image.new("L", (512, 512))
        ImageDraw.Draw(mask).text((20, 200), "Taylor Swift", fill=255, font_size=40)
        self.fetched: list[str] = []
        self._pictures = {SCENE: written(""), NAME: mask, BLANK: written("sex")}

    async def aget(self, blob: str) -> bytes:
        self.fetched.append(blob)
        file = io.BytesIO()
        self._pictures[blob].save(file, "PNG")
        return file.getvalue()


def a_studio(blobs: Blobs) -> Studio:
    return cast(Studio, SimpleNamespace(blobs=blobs, reviewer=Reviewer(None)))


def a_task(prompt: str, image: str, mask: str) -> Imagine:
    start = Mask(image=image, mask=mask, strength=0.5)
    return imagined(a_job()).model_copy(update={"prompt": prompt, "start": start})


async def test_a_picture_with_a_listed_name_is_refused_to_its_member_alone(chat: Chat) -> None:
    picture = upload(written("Taylor Swift"))
    run = await chat.ada.command(chat.channel, "imagine", prompt="a tree", image=picture, **QUICK)
    told = await run.message(lambda message: message.ephemeral and not message.loading)
    assert "In the picture is written “Taylor Swift”" in told.content
    assert chat.channel.messages == []
    assert await chat.studio.jobs.of_member(chat.ada.id) == []


async def test_masks_are_read_too_and_each_picture_once() -> None:
    blobs = Blobs()
    studio = a_studio(blobs)
    for _ in range(2):
        with pytest.raises(PromptRefused, match="In the picture is written “Taylor Swift”"):
            await refuse_writing(studio, a_task("a tree", SCENE, NAME), SFW, ())
    assert blobs.fetched == [SCENE, NAME]
    named = SFW.model_copy(update={"names_allowed": ("Taylor Swift",)})
    await refuse_writing(studio, a_task("a tree", SCENE, NAME), named, ())


async def test_the_floor_joins_what_is_written_with_what_is_said() -> None:
    studio, task = a_studio(Blobs()), a_task("a portrait", SCENE, BLANK)
    await refuse_writing(studio, task, NSFW, ())
    for said in (a_task("Taylor Swift", SCENE, BLANK), task):
        shows = () if said is not task else ("a child",)
        with pytest.raises(PromptRefused, match="refused in every channel"):
            await refuse_writing(studio, said, NSFW, shows)


async def test_what_cannot_be_read_is_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    room._loaded.cache_clear()
    monkeypatch.setattr(room, "pinned", lambda name: "0" * 64)
    with pytest.raises(DetectorError):
        await refuse_writing(a_studio(Blobs()), Describe(image=SCENE), NSFW, ())
