"""How often a job was tried, and how often its worker died over it.

Every path that gives a job back counts here, so that one that kills its workers cannot go round for ever.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import Any

import redis
from rq.utils import as_text

MOST_DEATHS = 3
"""A job that died so often with its worker is set aside."""
ATTEMPTS_SECONDS = 7 * 24 * 60 * 60
RUNNING = "running:"
"""Begins the name of the field that stands while an execution runs."""
REFUSED = "refused:"
"""Begins the name of the field that says why a worker leaves the job alone."""
_EXCUSED_SECONDS = 30 * 60


class Suspicion(IntEnum):
    """How likely a job is what its workers died of."""

    NONE = 0
    SOME = 1
    """A worker died while it ran, and perhaps others beside it."""
    STRONG = 2
    """It happened again, beside none but such jobs."""


class Refusal(StrEnum):
    """Why a worker leaves a job to the others."""

    FAILED = "failed"
    UNREADABLE = "unreadable"
    HANGS = "hangs"
    LACKS = "lacks"
    """It has not the memory, or a file, that the job takes."""


@dataclass(frozen=True, slots=True)
class Attempts:
    """How often a job was begun, how often its worker died while it ran, and which workers leave it alone."""

    begun: int = 0
    deaths: int = 0
    refused: Mapping[str, Refusal] = field(default_factory=dict)

    @property
    def suspicion(self) -> Suspicion:
        """Whether it may be what killed a worker, and must not run beside jobs that are not."""
        return Suspicion(min(self.deaths, Suspicion.STRONG))


def attempts_key(job_id: str) -> str:
    """Name the hash that counts the attempts at a job; it goes away with the job's result."""
    return f"darkroom:attempts:{job_id}"


def attempts_at(connection: redis.Redis, job_id: str) -> Attempts:
    """Count the attempts at a job so far."""
    counts: Any = connection.hgetall(attempts_key(job_id))
    refused = {
        as_text(name).removeprefix(REFUSED): Refusal(as_text(why))
        for name, why in counts.items()
        if name.startswith(REFUSED.encode()) and as_text(why) in list(Refusal)
    }
    return Attempts(int(counts.get(b"begun", 0)), int(counts.get(b"deaths", 0)), refused)


def begin(connection: redis.Redis, job_id: str, execution_id: str) -> None:
    """Note that the job runs from now on, so that a death of its worker is counted against it."""
    with connection.pipeline(transaction=True) as pipeline:
        pipeline.hincrby(attempts_key(job_id), "begun", 1)
        pipeline.hset(attempts_key(job_id), RUNNING + execution_id, 1)
        pipeline.expire(attempts_key(job_id), ATTEMPTS_SECONDS)
        pipeline.execute()


def end(connection: redis.Redis, job_id: str, execution_id: str) -> None:
    """Note that an attempt ended in the worker's own hands, however that was."""
    connection.hdel(attempts_key(job_id), RUNNING + execution_id)


def forget(connection: redis.Redis, job_id: str) -> None:
    """Forget the attempts at a job that is over."""
    connection.delete(attempts_key(job_id))


def refuse(connection: redis.Redis, job_id: str, worker: str, why: Refusal) -> None:
    """Note that a worker leaves the job to the others."""
    with connection.pipeline(transaction=True) as pipeline:
        pipeline.hset(attempts_key(job_id), REFUSED + worker, why)
        pipeline.expire(attempts_key(job_id), ATTEMPTS_SECONDS)
        pipeline.execute()


def excuse(connection: redis.Redis, workers: Iterable[str], job_id: str) -> None:
    """Note that a job that failed on these workers failed elsewhere, too: it was not their fault."""
    with connection.pipeline(transaction=True) as pipeline:
        for worker in workers:
            pipeline.sadd(_excused_key(worker), job_id)
            pipeline.expire(_excused_key(worker), _EXCUSED_SECONDS)
        pipeline.execute()


def excused(connection: redis.Redis, worker: str) -> set[str]:
    """List the jobs whose failure was not this worker's fault."""
    ids: Any = connection.smembers(_excused_key(worker))
    return {as_text(job_id) for job_id in ids}


def _excused_key(worker: str) -> str:
    return f"darkroom:excused:{worker}"
