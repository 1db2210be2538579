"""The job and the picture that a button, a menu or a form is about."""

from __future__ import annotations

from bot import wording
from bot.channels import policy_of
from bot.pictures import allowed
from bot.refusals import Refusal
from bot.studio import Press
from storage.jobs import BlobHash, Imagine, JobId, Sampling
from storage.recipe import AnyRecipe, sampled
from storage.records.jobs import JobRecord
from storage.served import ServedCheckpoint

GONE = "I no longer have the records of this picture, so this button has nothing to work with."


async def record_of(press: Press, job_id: JobId) -> JobRecord:
    """Look up what is known of a job. Raises Refusal."""
    record = await press.client.studio.jobs.get(job_id)
    if record is None:
        raise Refusal(GONE)
    return record


def chosen_index(record: JobRecord, index: int | None) -> int:
    """Give the index of a picture that the job has made. Raises Refusal."""
    if index is None or index >= len(record.pictures):
        raise Refusal(GONE)
    return index


async def shown_index(press: Press, record: JobRecord, index: int | None) -> int:
    """Give the same, if the policy of the channel lets the picture be seen. Raises Refusal."""
    chosen = chosen_index(record, index)
    if chosen not in allowed(record.pictures, await policy_of(press.client.studio, press.channel)):
        raise Refusal(wording.withheld_sentence(1, 1))
    return chosen


async def shown_picture(
    press: Press, job_id: JobId, index: int | None
) -> tuple[JobRecord, AnyRecipe, BlobHash]:
    """Give the record of a job, and the recipe and the blob of such a picture of it. Raises Refusal."""
    record = await record_of(press, job_id)
    picture = record.pictures[await shown_index(press, record, index)]
    assert picture.blob is not None
    return record, picture.recipe, picture.blob


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


def checkpoint_of(press: Press, record: JobRecord) -> ServedCheckpoint:
    """Give the checkpoint that a job was for, if the farm still serves it. Raises Refusal."""
    if (known := press.client.studio.checkpoints.get(record.job.checkpoint)) is None:
        raise Refusal(GONE)
    return known


def only_for(press: Press, member_ids: set[int], what: str, *, moderators: bool = True) -> None:
    """Raise Refusal unless one of these members, or a moderator if they may, is the one who pressed."""
    if press.user.id in member_ids or (moderators and press.permissions.manage_messages):
        return
    who = (
        "The member who asked for this, or a moderator,"
        if moderators
        else "Only the member who asked for this"
    )
    raise Refusal(f"{who} may {what}.")
