"""Pictures on their way into a channel."""

from __future__ import annotations

import io
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest
from PIL import Image

from bot.language import ENGLISH
from bot.pictures import Reviewed, allowed, job_of_file, picture_file, png_size, reviewed
from bot.studio import Studio
from moderation.findings import PINNED_DETECTOR, PINNED_POCKET_DETECTOR, Finding, Findings
from moderation.gallery import Gallery
from moderation.policy import NSFW, SFW, Policy
from moderation.verdict import Action, Verdict
from storage.events import Picture
from storage.records.jobs import JobRecord
from tests.bot.test_wording import a_record as worded
from tests.conftest import a_job
from tests.storage.recipes import PICTURE, RECIPE


def a_picture(blob: str | None = "ab" * 32, *labels: str) -> Picture:
    found = tuple(Finding(label=label, score=0.9, box=(0, 0, 8, 8)) for label in labels)
    findings = Findings(detector=PINNED_DETECTOR, pocket_detector=PINNED_POCKET_DETECTOR, found=found)
    return Picture(blob=blob, recipe=RECIPE, findings=findings, verdict=Verdict())


BARE = a_picture("cd" * 32, "FEMALE_BREAST_EXPOSED")


def png() -> bytes:
    file = io.BytesIO()
    PICTURE.save(file, "PNG")
    return file.getvalue()


def a_record(*pictures: Picture) -> JobRecord:
    return replace(worded("a tree", ""), job=a_job(), pictures=pictures)


class Blobs:
    """A store that has everything."""

    async def aget(self, blob: str) -> bytes:
        return png()


class Reviewer:
    """Allows the pictures of all blobs but one."""

    def __init__(self, refused: str = "") -> None:
        self.refused = refused

    async def action(self, blob: str, *rest: Any) -> Action:
        return Action.BLOCK if blob == self.refused else Action.ALLOW


class NobodyKnown:
    """A server that knows nobody's face."""

    async def of(self, server_id: int | None) -> Gallery:
        return Gallery()


def a_studio(refused: str = "") -> Studio:
    parts = {"blobs": Blobs(), "reviewer": Reviewer(refused), "gallery": NobodyKnown()}
    return cast(Studio, SimpleNamespace(**parts))


def test_a_picture_is_judged_by_the_policy_of_now() -> None:
    pictures = [a_picture(), BARE, a_picture(None)]
    assert allowed(pictures, SFW) == [0]
    assert allowed(pictures, NSFW) == [0, 1]


async def test_only_what_the_bot_itself_lets_pass_is_shown() -> None:
    record = a_record(a_picture(), BARE, a_picture("ef" * 32))
    seen = await reviewed(a_studio(), record, SFW)
    assert (seen.shown, seen.files) == ((0, 2), (png(), png()))
    assert (await reviewed(a_studio(), record, NSFW, among=[1, 2])).shown == (1, 2)
    assert (await reviewed(a_studio(refused="ef" * 32), record, SFW)).shown == (0,)


async def test_a_file_is_named_after_its_job_and_tells_what_it_shows() -> None:
    record = a_record(a_picture(), a_picture())
    one = await picture_file(ENGLISH, Reviewed(record, record, (1,), (png(),)), 10**6)
    assert job_of_file(one.filename) == record.job.id
    assert one.filename.endswith("-1234.png")
    assert one.description == "a red circle over the sea"
    both = await picture_file(ENGLISH, Reviewed(record, record, (0, 1), (png(), png())), 10**6)
    assert both.description == "2 pictures: a red circle over the sea"
    assert Image.open(io.BytesIO(both.fp.read())).width > 2 * PICTURE.width


async def test_what_the_policy_warns_of_is_behind_a_spoiler_and_still_known() -> None:
    gory = Policy.model_validate({"preset": "sfw", "gore": "warn"})
    record = a_record(a_picture())
    assert not (await reviewed(a_studio(), record, gory)).veiled
    words = record.job.task.model_copy(update={"prompt": "a gory circle"})
    job = record.job.model_copy(update={"task": words})
    told = cast(
        JobRecord, SimpleNamespace(job=job, pictures=record.pictures, failure=None, origin=record.origin)
    )
    seen = await reviewed(a_studio(), told, gory)
    assert seen.veiled
    file = await picture_file(ENGLISH, seen, 10**6)
    assert file.filename.startswith("SPOILER_")
    assert job_of_file(file.filename) == record.job.id


@pytest.mark.parametrize("name", ["darkroom-0123.png", "x-darkroom-0123456789abcdef.png", "cat.png"])
def test_other_files_are_of_no_job(name: str) -> None:
    assert job_of_file(name) is None


def test_the_size_is_read_from_the_file() -> None:
    assert png_size(png()) == PICTURE.size
