"""The job and the picture that a press is about, and whether whoever pressed may have them."""

from __future__ import annotations

from collections.abc import Sequence

import discord

from bot import wording
from bot.channels import policy_of
from bot.named_job import find_record
from bot.pictures import allowed
from bot.refusals import Refusal
from bot.sayable import may_be_said
from bot.studio import Press
from moderation.told import Told
from storage.events import Picture
from storage.fields import BlobHash
from storage.jobs import Imagine, JobId, Sampling
from storage.noise import Noise
from storage.recipe import AnyRecipe, sampled
from storage.records.jobs import JobRecord
from storage.served import ServedCheckpoint

GONE = Told("I no longer have the records of this picture, so this button has nothing to work with.")
WORDS_WITHHELD = Told("This channel's policy does not allow the words that the picture was made from.")


async def record_of(press: Press, job_id: JobId) -> JobRecord:
    """Look up such a job. Raises Refusal."""
    record = await find_record(press, job_id)
    if record is None:
        raise Refusal(GONE)
    return record


def chosen_index(record: JobRecord, index: int | None) -> int:
    """Give the index of a picture that the job has made. Raises Refusal."""
    if index is None or index >= len(record.pictures):
        raise Refusal(GONE)
    return index


async def shown_index(press: Press, record: JobRecord, index: int | None) -> int:
    """Give the same, if the channel's policy lets the picture and its words be seen. Raises Refusal."""
    chosen = chosen_index(record, index)
    policy = await policy_of(press.client.studio, press.channel, press.user.id)
    if chosen not in await allowed(press.client.studio, record, policy):
        raise Refusal(unseen([record.pictures[chosen]]))
    if not await may_be_said(record.pictures[chosen].recipe, policy, record.job.cleared):
        raise Refusal(WORDS_WITHHELD)
    return chosen


def unseen(pictures: Sequence[Picture]) -> Told:
    """Say why none of these pictures can be seen: they were deleted, or the policy keeps them back."""
    if all(picture.blob is None and not picture.verdict.blocked for picture in pictures):
        return GONE
    return wording.withheld_sentence(len(pictures), len(pictures))


async def shown_picture(
    press: Press, job_id: JobId, index: int | None
) -> tuple[JobRecord, AnyRecipe, BlobHash]:
    """Give the record of a job, and the recipe and the blob of such a picture of it. Raises Refusal."""
    record = await record_of(press, job_id)
    return record, *await shown_of(press, record, index)


async def shown_of(press: Press, record: JobRecord, index: int | None) -> tuple[AnyRecipe, BlobHash]:
    """Give the recipe and the blob of such a picture of a job that was looked up. Raises Refusal."""
    picture = record.pictures[await shown_index(press, record, index)]
    assert picture.blob is not None
    return picture.recipe, picture.blob


def imagined(record: JobRecord) -> Imagine:
    """Give the task of a job that made pictures from words. Raises Refusal."""
    if not isinstance(record.job.task, Imagine):
        raise Refusal(GONE)
    return record.job.task


def sampling_of(recipe: AnyRecipe) -> Sampling:
    """Give how a picture was sampled. Raises Refusal."""
    if (sampling := sampled(recipe)) is None:
        raise Refusal(GONE)
    return sampling


def noise_of(record: JobRecord, index: int | None) -> Noise:
    """Give the noise that a picture of a job was made from. Raises Refusal."""
    if (recipe := sampled(record.pictures[chosen_index(record, index)].recipe)) is None:
        raise Refusal(GONE)
    return recipe.noise


def checkpoint_of(press: Press, record: JobRecord) -> ServedCheckpoint:
    """Give the checkpoint that a job was for, if the farm still serves it. Raises Refusal."""
    if (known := press.client.studio.checkpoints.get(record.job.checkpoint)) is None:
        raise Refusal(GONE)
    return known


def only_for(
    press: Press, member_ids: set[int], what: Told, moderating: discord.Permissions | None = None
) -> None:
    """Raise Refusal unless one of these members pressed, or somebody with Manage Messages among `moderating`.

    Those are what whoever pressed may do where it matters; None if it is the members' alone.
    """
    if press.user.id in member_ids or (moderating is not None and moderating.manage_messages):
        return
    if moderating is not None:
        raise Refusal(Told("The member who asked for this, or a moderator, may {act}.", act=what))
    raise Refusal(Told("Only the member who asked for this may {act}.", act=what))
