"""Jobs that a button under an earlier one asks for: on its checkpoint, and handed over in its manner."""

from __future__ import annotations

from collections.abc import Sequence

from bot.defaults import handed_on
from bot.studio import Press
from bot.submission import submit, submit_all
from storage.jobs import Task
from storage.records.jobs import JobRecord


async def submit_like(press: Press, record: JobRecord, task: Task) -> None:
    """Submit a job of the member who pressed, on the checkpoint of the one before. Raises Refusal.

    Its result is handed over as that one's was, or as secretly as whoever pressed has theirs.
    """
    source, manner = press.message.id if press.message else None, await handed_on(press, record)
    await submit(press.client.studio, press, task, record.job.checkpoint, source, manner=manner)


async def submit_all_like(press: Press, record: JobRecord, tasks: Sequence[Task]) -> None:
    """Submit several jobs in the same way. Raises Refusal."""
    source, manner = press.message.id if press.message else None, await handed_on(press, record)
    await submit_all(press.client.studio, press, tasks, record.job.checkpoint, source, manner=manner)
