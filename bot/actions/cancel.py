"""Cancel: stop a job that waits or renders."""

from __future__ import annotations

import asyncio

from bot.actions.chosen import only_for, record_of
from bot.refusals import Refusal
from bot.studio import Press, Studio
from moderation.told import Told
from storage.events import Cancelled, publish_result
from storage.jobs import Job, JobId
from storage.records.jobs import RowState


async def cancel(press: Press, job_id: JobId, index: int | None) -> None:
    """Stop a job that waits or renders; for the member who asked for it, and for moderators."""
    studio = press.client.studio
    record = await record_of(press, job_id)
    only_for(press, {record.origin.member_id}, Told("cancel it"), press.permissions)
    if record.state is not RowState.QUEUED:
        raise Refusal(Told("This job is already done; there is nothing left to cancel."))
    await press.response.defer(ephemeral=True)
    await stop(studio, record.job)


async def stop(studio: Studio, job: Job) -> None:
    """Stop a job; what follows is told as a result. Raises redis.RedisError."""

    def work() -> None:
        if studio.queue.cancel(job):
            publish_result(studio.redis, job, Cancelled(job_id=job.id))

    await asyncio.to_thread(work)
