"""Pictures on their way into a channel."""

from __future__ import annotations

import io
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest
from PIL import Image

from bot.language import ENGLISH
from bot.pictures import Reviewed, Viewer, allowed, job_of_file, picture_file, png_size, reviewed
from bot.studio import Studio
from moderation.findings import PINNED_DETECTOR, PINNED_POCKET_DETECTOR, Finding, Findings
from moderation.gallery import Gallery
from moderation.policy import FAMILY, NSFW, SFW, Policy
from moderation.verdict import Action, Verdict
from storage.events import Picture
from storage.records.jobs import JobRecord
from storage.records.reviews import State
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

    async def verdict(self, blob: str, *rest: Any) -> Verdict:
        return Verdict.of(Action.BLOCK if blob == self.refused else Action.ALLOW, "nudity", blob, "Bare.")


class NobodyKnown:
    """A server that knows nobody's face."""

    async def of(self, server_id: int | None) -> Gallery:
        return Gallery()


class Reviews:
    """Moderators who have decided about the pictures of every job."""

    def __init__(self, held: dict[int, State]) -> None:
        self.held = held

    async def of_held(self, job_id: str) -> dict[int, State]:
        return self.held


def a_studio(refused: str = "", held: dict[int, State] | None = None) -> Studio:
    parts = {
        "blobs": Blobs(),
        "reviewer": Reviewer(refused),
        "gallery": NobodyKnown(),
        "reviews": Reviews(held or {}),
    }
    return cast(Studio, SimpleNamespace(**parts))


async def test_a_picture_is_judged_by_the_policy_of_now() -> None:
    record = a_record(a_picture(), BARE, a_picture(None))
    assert await allowed(a_studio(), record, SFW) == [0]
    assert await allowed(a_studio(), record, NSFW) == [0, 1]


def for_review(*pictures: Picture) -> JobRecord:
    record = a_record(*pictures)
    return replace(record, job=record.job.model_copy(update={"for_review": True}))


async def test_what_is_rendered_for_review_is_seen_by_moderators_until_one_approves() -> None:
    record, studio = for_review(BARE, BARE), a_studio(held={1: State.OPEN})
    waits = await reviewed(studio, record, SFW)
    assert (waits.shown, waits.waiting) == ((), {0: ("nudity",), 1: ("nudity",)})
    assert (await reviewed(studio, record, SFW, viewer=Viewer.MODERATOR)).shown == ()
    assert (await reviewed(studio, record, SFW, viewer=Viewer.ADULT_MODERATOR)).shown == (0, 1)
    approved = await reviewed(a_studio(held={1: State.APPROVED}), record, SFW)
    assert (approved.shown, approved.veiled) == ((1,), True)
    assert (await reviewed(a_studio(held={1: State.APPROVED}), record, FAMILY)).shown == ()


async def test_nobody_can_approve_what_the_floor_keeps_back() -> None:
    child = BARE.model_copy(update={"recipe": RECIPE.model_copy(update={"prompt": "a child on a swing"})})
    studio = a_studio(held={0: State.APPROVED})
    for viewer in Viewer:
        seen = await reviewed(studio, for_review(child), SFW, viewer=viewer)
        assert (seen.shown, seen.waiting, seen.appealable) == ((), {}, ())
    strange = BARE.model_copy(update={"findings": BARE.findings.model_copy(update={"detector": "0" * 64})})
    assert (await reviewed(studio, for_review(strange), SFW)).shown == ()


async def test_what_is_kept_back_can_be_appealed_in_servers() -> None:
    gone = BARE.model_copy(
        update={"blob": None, "verdict": Verdict.of(Action.BLOCK, "nudity", "it", "Bare.")}
    )
    record = a_record(a_picture(), BARE, gone, a_picture(None))
    assert (await reviewed(a_studio(), record, SFW)).appealable == (1, 2)
    alone = replace(record, origin=replace(record.origin, guild_id=None))
    assert (await reviewed(a_studio(), alone, SFW)).appealable == ()


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
