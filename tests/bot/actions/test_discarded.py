"""Whoever asks is shown what was discarded and what was wrong with it, as far as that may be seen."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageStat

from bot.actions.discarded import _look, boxed
from moderation.bodies import Body, Goof
from moderation.gallery import learn
from moderation.policy import SFW
from moderation.verdict import Action
from storage.events import Discarded
from tests.bot.commands.test_gallery import mira
from tests.bot.conftest import Chat, only_record, opened
from tests.storage.recipes import RECIPE

ARMS = Goof(part="arm", counted=3, expected=2, severe=True, boxes=((10, 20, 40, 60), (70, 20, 90, 60)))
RED, GREY = (237, 66, 69), (110, 110, 110)


@pytest.fixture
def three_arms_at_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the worker see somebody with three arms in the first picture that it makes."""
    seen = []

    def counted(images: Sequence[Image.Image], *_: Any) -> list[tuple[Body, ...]]:
        seen.append(images)
        body = Body(box=(10, 10, 100, 120), errors=1, goofs=(ARMS,))
        return [(body,) if len(seen) == 1 else () for _ in images]

    monkeypatch.setattr("gpuworker.stages.anatomy.counted", counted)


@pytest.mark.usefixtures("three_arms_at_first")
async def test_what_was_discarded_is_shown_to_whoever_asks_and_costs_nothing(
    chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    posted = await chat.imagine(
        "a woman at sea", count=1, quality="draft", anatomy="normal: third arms and the like"
    )
    record = await only_record(chat)
    assert record.credits == 1
    assert len(record.pictures[0].discarded) == 1
    told = await (await chat.ben.press(posted, "Why was it discarded?")).message()
    assert told.ephemeral
    assert told.content.splitlines()[1] == "1st: three arms"
    sheet = opened(told.attachments[0])
    assert sheet.getpixel((30, 60)) == RED
    assert "three arms" in (told.attachments[0].description or "")

    async def refuse(*_: object, **__: object) -> Action:
        return Action.BLOCK

    monkeypatch.setattr(type(chat.studio.reviewer), "action", refuse)
    told = await (await chat.ben.press(posted, "Why was it discarded?")).message()
    assert "only boxes" in told.content
    colours = {tuple(each) for each in np.asarray(opened(told.attachments[0])).reshape(-1, 3).tolist()}
    assert colours == {RED, GREY}, "nothing of the picture"


@pytest.mark.usefixtures("three_arms_at_first")
async def test_a_known_face_is_not_shown_in_what_was_discarded_either(chat: Chat) -> None:
    await chat.imagine("a woman at sea", count=1, quality="draft", anatomy="normal: third arms and the like")
    studio, record = chat.studio, await only_record(chat)
    (discarded,) = record.pictures[0].discarded
    mira(3).save(file := io.BytesIO(), "PNG")
    discarded = discarded.model_copy(update={"blob": await studio.blobs.aput(file.getvalue())})
    assert await _look(studio, discarded, record, SFW) == (file.getvalue(), Action.ALLOW)
    await studio.gallery.learn(chat.guild.id, [learn("Mira", mira(1), "pocket")], None)
    assert await _look(studio, discarded, record, SFW) == (None, Action.BLOCK)


def test_boxes_lie_where_the_goofs_are() -> None:
    mild = Goof(part="hand", counted=1, expected=2, boxes=((100, 100, 110, 110),))
    picture = Discarded(blob="ab" * 32, recipe=RECIPE, size=(128, 96), goofs=(ARMS, mild))
    sheet = boxed(picture, None)
    assert sheet.size == (384, 288)
    assert sheet.getpixel((30, 60)) == RED
    assert ImageStat.Stat(sheet.crop((125, 5, 200, 50))).mean == [*map(float, GREY)]
