"""Nothing sexual is made of a photograph of somebody, in any channel."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest
from PIL import Image

from bot.photographed import shows_somebody
from bot.pictures import reviewed
from bot.review import Reviewer
from bot.studio import Studio
from moderation.policy import NSFW
from storage.blobs import BlobMissing
from storage.starts import Whole
from tests.bot.conftest import Chat, eventually
from tests.bot.delivery.test_judged_again import NUDE
from tests.bot.test_attachments import SEA, upload
from tests.conftest import imagined
from tests.moderation.faces.test_photographed import HOPPER

FACE, SCENE, GONE = "a" * 64, "b" * 64, "c" * 64
OF_FACE, OF_SCENE = "e" * 64, "f" * 64


class Blobs:
    """A photograph of somebody, a scene, and a blob that is gone."""

    async def aget(self, blob: str) -> bytes:
        if blob == GONE:
            raise BlobMissing(blob)
        file = io.BytesIO()
        (Image.open(HOPPER) if blob == FACE else SEA).save(file, "PNG")
        return file.getvalue()


class MadeFrom:
    """What pictures go back to; what is not named is its own root."""

    def __init__(self, roots: Mapping[str, set[str]]) -> None:
        self._roots = roots

    async def trained(self, files: Any) -> list[dict[str, Any]]:
        return [{"somebody": file == OF_FACE} for file in files]

    async def roots(self, blobs: Any) -> set[str]:
        return {root for blob in blobs for root in self._roots.get(blob, {blob})}


@pytest.mark.parametrize(
    ("blobs", "shows"),
    [
        ((), False),
        ((SCENE,), False),
        ((FACE,), True),
        ((SCENE, FACE), True),
        ((GONE,), True),
        (("d" * 64,), True),
        (("e" * 64,), False),
    ],
)
async def test_a_face_counts_that_was_not_made_here(blobs: tuple[str, ...], shows: bool) -> None:
    lineage = MadeFrom({"d" * 64: {FACE}, "e" * 64: set()})
    studio = cast(Studio, SimpleNamespace(blobs=Blobs(), reviewer=Reviewer(None), lineage=lineage))
    assert await shows_somebody(studio, blobs) is shows


@pytest.mark.parametrize(("add_ons", "shows"), [((OF_SCENE,), False), ((OF_SCENE, OF_FACE), True)])
async def test_words_that_were_trained_on_a_face_count(add_ons: tuple[str, ...], shows: bool) -> None:
    studio = cast(Studio, SimpleNamespace(lineage=MadeFrom({})))
    assert await shows_somebody(studio, (), add_ons) is shows


@pytest.mark.slow
async def test_sexual_words_about_a_photograph_of_somebody_are_refused_where_they_are_allowed(
    chat: Chat,
) -> None:
    adults = chat.guild.channel("adults", nsfw=True)
    await chat.studio.policies.set(chat.guild.id, adults.id, NSFW, chat.moderator.id)
    await eventually(lambda: chat.knows_nsfw(adults))
    portrait = upload(Image.open(HOPPER).convert("RGB"))
    wish: dict[str, Any] = {"prompt": "a nude woman", "count": 1, "quality": "draft"}
    refused = await (await chat.ada.command(adults, "imagine", image=portrait, **wish)).message()
    assert "somebody's face, and “nude” beside it" in refused.content
    assert refused.ephemeral
    assert await chat.studio.jobs.of_member(chat.ada.id) == []
    await (await chat.ada.command(adults, "imagine", image=upload(SEA), **wish)).message()
    innocent = wish | {"prompt": "a woman with a red hat"}
    await (await chat.ada.command(adults, "imagine", image=portrait, **innocent)).message()
    assert len(await chat.studio.jobs.of_member(chat.ada.id)) == 2


@pytest.mark.parametrize(
    ("begun_with", "by"), [("a face", "the bot"), ("a face", "the worker"), ("a scene", "the bot")]
)
async def test_nudity_that_came_of_a_photograph_of_somebody_is_kept_back(
    chat: Chat, monkeypatch: pytest.MonkeyPatch, begun_with: str, by: str
) -> None:
    shown = await chat.imagine(count=1, quality="draft")
    assert shown.attachments
    (record,) = await chat.studio.jobs.of_member(chat.ada.id)
    file = io.BytesIO()
    (Image.open(HOPPER) if begun_with == "a face" else SEA).save(file, "PNG")
    source = await chat.studio.blobs.aput(file.getvalue())
    (picture,) = record.pictures
    begun = picture.recipe.model_copy(update={"start": Whole(image=source)})
    pictures = (
        picture.model_copy(
            update={"recipe": begun, "findings": picture.findings if by == "the bot" else NUDE}
        ),
    )
    task = imagined(record.job).model_copy(update={"start": Whole(image=source)})
    of_it = replace(record, pictures=pictures, job=record.job.model_copy(update={"task": task}))
    detector = SimpleNamespace(find=lambda image, checkpoint: NUDE)
    if by == "the bot":
        monkeypatch.setattr(chat.studio.reviewer, "_detector", detector)
        chat.studio.reviewer._remembered.clear()
    seen = await reviewed(chat.studio, of_it, NSFW)
    assert seen.shown == (() if begun_with == "a face" else (0,))
    assert seen.appealable == ()
