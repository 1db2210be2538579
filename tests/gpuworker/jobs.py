"""Jobs for a worker with a played engine, and what becomes of them."""

from __future__ import annotations

from typing import Any

import redis

from storage.events import wait_result
from storage.jobs import Job
from storage.queue import JobQueue
from tests.conftest import a_job


def prompted(prompt: str, **options: Any) -> Job:
    job = a_job(**options)
    return job.model_copy(update={"task": job.task.model_copy(update={"prompt": prompt})})


def result_of(connection: redis.Redis, job: Job, timeout: float = 120) -> Any:
    """What becomes of a job that is enqueued now."""
    JobQueue(connection).enqueue(job)
    return wait_result(connection, job.reply_to, timeout)


def results_in(connection: redis.Redis, stream: str) -> list[str]:
    entries: Any = connection.xrange(stream)
    return [fields[b"result"].decode() for _, fields in entries]
