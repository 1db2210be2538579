"""A job on its way through the queue, with a progress bar."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from commands.terminal import err, fail

if TYPE_CHECKING:
    import redis
    from rich.progress import Progress as Bar

    from moderation.policy import Policy
    from storage.events import Finished
    from storage.jobs import Job, Task


def render(connection: redis.Redis, task: Task, checkpoint: str, policy: Policy) -> Finished:
    """Send the job through the queue and wait for it, with a progress bar on the terminal."""
    from rich.progress import Progress as Bar

    from storage.events import Cancelled, Failed, wait_result
    from storage.jobs import Job, new_job_id
    from storage.queue import JobQueue
    from storage.versions import TooNew

    job_id = new_job_id()
    job = Job(
        id=job_id, checkpoint=checkpoint, policy=policy, reply_to=f"darkroom:results:{job_id}", task=task
    )
    queue = JobQueue(connection)
    with (
        Bar(console=err, transient=True, disable=not err.is_terminal) as bar,
        _progress(connection, job, bar),
    ):
        try:
            queue.enqueue(job)
            result = wait_result(connection, job.reply_to, timeout=3600)
        except TooNew as error:
            fail(str(error))
        except KeyboardInterrupt:
            queue.cancel(job)
            fail("Cancelled.")
    match result:
        case None:
            fail("The farm did not answer within an hour; the job was given up.")
        case Failed():
            fail(result.message)
        case Cancelled():
            fail("Cancelled.")
    return result


@contextlib.contextmanager
def _progress(connection: redis.Redis, job: Job, bar: Bar) -> Iterator[None]:
    """Move the bar as the worker tells of its steps."""
    if bar.disable:
        yield
        return
    from storage.events import PROGRESS, Progress

    shown = bar.add_task("Rendering", total=None)

    def on_message(message: dict[str, Any]) -> None:
        progress = Progress.model_validate_json(message["data"])
        if progress.job_id == job.id:
            bar.update(shown, completed=progress.step, total=progress.steps)

    channel = connection.pubsub(ignore_subscribe_messages=True)  # type: ignore[no-untyped-call]
    channel.subscribe(**{PROGRESS: on_message})
    listener = channel.run_in_thread(sleep_time=0.1, daemon=True)
    try:
        yield
    finally:
        listener.stop()
        listener.join()
