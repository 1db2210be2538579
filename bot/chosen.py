"""The job and the picture that a button, a menu or a form is about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot import wording
from bot.channels import policy_of
from bot.delivery.pictures import allowed
from bot.refusals import Refusal
from storage.jobs import BlobHash, JobId
from storage.recipe import AnyRecipe
from storage.records.jobs import JobRecord

if TYPE_CHECKING:
    from bot.buttons import Press

GONE = "I no longer have the records of this picture, so this button has nothing to work with."


async def record_of(press: Press, job_id: JobId) -> JobRecord:
    """What is known of a job. Raises Refusal."""
    record = await press.client.studio.jobs.get(job_id)
    if record is None:
        raise Refusal(GONE)
    return record


def chosen_index(record: JobRecord, index: int | None) -> int:
    """The index of a picture that the job has made. Raises Refusal."""
    if index is None or index >= len(record.pictures):
        raise Refusal(GONE)
    return index


async def shown_index(press: Press, record: JobRecord, index: int | None) -> int:
    """The same, if the policy of the channel lets the picture be seen. Raises Refusal."""
    chosen = chosen_index(record, index)
    if chosen not in allowed(record.pictures, await policy_of(press.client.studio, press.channel)):
        raise Refusal(wording.withheld_sentence(1, 1))
    return chosen


async def shown_picture(
    press: Press, job_id: JobId, index: int | None
) -> tuple[JobRecord, AnyRecipe, BlobHash]:
    """The record of a job, and the recipe and the blob of such a picture of it. Raises Refusal."""
    record = await record_of(press, job_id)
    picture = record.pictures[await shown_index(press, record, index)]
    assert picture.blob is not None
    return record, picture.recipe, picture.blob
