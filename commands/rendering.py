"""A job on its way through the queue, with a progress bar."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from commands.photographed import held_to_the_floor
from commands.terminal import err, fail

if TYPE_CHECKING:
    import redis
    from rich.progress import Progress as Bar

    from moderation.policy import Policy
    from storage.events import Cancelled, Failed, Finished
    from storage.jobs import Job, Task
    from storage.queue import JobQueue

PATIENCE = 60 * 60
"""Seconds after which a job is taken out of the queue again: by then nobody is watching."""


def render(connection: redis.Redis, task: Task, checkpoint: str, policy: Policy) -> Finished:
    """Send the job through the queue and wait for it, with a progress bar on the terminal.

    Raises Refused with the sentence of a job that failed, or that the floor forbids. Interrupting the wait
    cancels the job.
    """
    from storage.events import Cancelled, Failed
    from storage.jobs import Job, new_job_id
    from storage.queue import JobQueue
    from storage.settings import Settings, read_settings

    policy = held_to_the_floor(read_settings(Settings), task, policy)
    job_id = new_job_id()
    job = Job(
        id=job_id, checkpoint=checkpoint, policy=policy, reply_to=f"darkroom:results:{job_id}", task=task
    )
    result = _result_of(job, JobQueue(connection), connection)
    match result:
        case None:
            fail("The farm did not answer within an hour; the job was cancelled.")
        case Failed():
            fail(result.message)
        case Cancelled():
            fail("Cancelled.")
    return result


def _result_of(job: Job, queue: JobQueue, connection: redis.Redis) -> Finished | Failed | Cancelled | None:
    """Wait for what becomes of a job; None after PATIENCE, when it is cancelled."""
    from rich.progress import Progress as Bar

    from storage.events import wait_result
    from storage.signing import WrongSignature

    with (
        Bar(console=err, transient=True, disable=not err.is_terminal) as bar,
        _progress(connection, job, bar),
    ):
        try:
            queue.enqueue(job)
            result = wait_result(connection, job.reply_to, timeout=PATIENCE)
        except WrongSignature as error:
            queue.cancel(job)
            fail(f"The result is not believed. {error}")
        except KeyboardInterrupt:
            queue.cancel(job)
            fail("Cancelled.")
    if result is None:
        queue.cancel(job)
    return result


@contextlib.contextmanager
def _progress(connection: redis.Redis, job: Job, bar: Bar) -> Iterator[None]:
    """Move the bar as the worker reports its steps."""
    if bar.disable:
        yield
        return
    from storage.events import PROGRESS, Progress

    shown = bar.add_task("Rendering", total=None)

    def on_message(message: dict[str, Any]) -> None:
        progress = Progress.model_validate_json(message["data"])
        if progress.job_id == job.id:
            bar.update(shown, completed=progress.step, total=progress.steps)

    def on_error(_: BaseException, __: Any, thread: Any) -> None:
        # Redis is away: the bar stands still, and whoever waits for the result tells of it.
        thread.stop()

    channel = connection.pubsub(ignore_subscribe_messages=True)  # type: ignore[no-untyped-call]
    channel.subscribe(**{PROGRESS: on_message})
    listener = channel.run_in_thread(sleep_time=0.1, daemon=True, exception_handler=on_error)
    try:
        yield
    finally:
        listener.stop()
        listener.join()
