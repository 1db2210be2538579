"""What a farm is doing at a moment: its workers, its queues, and what waits to be posted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import redis
import rq
from rq.utils import as_text, utcparse

from storage.farm import WorkerCard, workers
from storage.queue import queue_of
from storage.result_stream import undelivered
from storage.running import running_key
from storage.served import served


@dataclass(frozen=True, slots=True)
class Line:
    """The queue of one checkpoint.

    `oldest_seconds` is how long the job has waited that is next, 0 when none waits, and
    `picture_steps_per_second` what all workers that serve the checkpoint do together, where it was measured.
    """

    checkpoint: str
    waiting: int
    running: int
    oldest_seconds: float
    workers: int
    picture_steps_per_second: float


@dataclass(frozen=True, slots=True)
class Overview:
    """A farm at a moment; `undelivered` counts the results that its bots have not posted yet."""

    workers: tuple[WorkerCard, ...]
    lines: tuple[Line, ...]
    undelivered: int


def overview(connection: redis.Redis) -> Overview:
    """Take a look, in as many exchanges as there are checkpoints and some, however long the queues are.

    Raises `redis.RedisError`.
    """
    cards = tuple(workers(connection))
    names = sorted({*served(connection), *(name for card in cards for name in card.checkpoints)})
    lines = tuple(_line(connection, name, cards) for name in names)
    return Overview(cards, lines, undelivered(connection))


def _line(connection: redis.Redis, name: str, cards: Sequence[WorkerCard]) -> Line:
    queue = queue_of(name, connection)
    with connection.pipeline(transaction=True) as look:
        look.llen(queue.key)
        look.zcard(running_key(queue))
        look.lindex(queue.key, 0)
        waiting, running, first = look.execute()
    serving = [card for card in cards if name in card.checkpoints]
    return Line(
        checkpoint=name,
        waiting=waiting,
        running=running,
        oldest_seconds=_waited(connection, first) if first else 0.0,
        workers=len(serving),
        picture_steps_per_second=sum(card.picture_steps_per_second.get(name, 0.0) for card in serving),
    )


def _waited(connection: redis.Redis, job_id: bytes) -> float:
    """Give the seconds since a job was enqueued; 0 for one that was taken in between, or is none of ours."""
    enqueued = connection.hget(rq.job.Job.key_for(as_text(job_id)), "enqueued_at")
    try:
        since = utcparse(as_text(enqueued or b""))
    except ValueError:
        return 0.0
    return max(0.0, (datetime.now(UTC) - since).total_seconds())
