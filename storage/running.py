"""The jobs that run, by Redis's clock: RQ keeps them by the clock of whichever machine writes.

A worker whose clock is behind would be robbed of every job that it runs, and the jobs of one whose clock is
ahead would wait for ever once it died.
"""

from __future__ import annotations

import re
from typing import Any

import redis
import rq
from redis.client import Pipeline
from rq.executions import Execution
from rq.registry import StartedJobRegistry
from rq.utils import as_text


class Running(StartedJobRegistry):
    """RQ's registry of started jobs, whose entries stand until a moment of Redis's own clock."""

    def add_execution(self, execution: Execution, pipeline: Pipeline, ttl: int = 0, xx: bool = False) -> Any:
        """Let the execution count as alive for `ttl` seconds; with `xx`, only if it is still there."""
        return pipeline.eval(_ALIVE, 1, self.key, execution.composite_key, ttl, "XX" if xx else "NX")


_ALIVE = """
local until_then = redis.call('TIME')[1] + ARGV[2]
return redis.call('ZADD', KEYS[1], ARGV[3], until_then, ARGV[1])
"""


def redis_now(connection: redis.Redis) -> int:
    """Give the second that Redis's clock shows, the one that all machines share."""
    answer: Any = connection.time()
    return int(answer[0])


def running_job_ids(queue: rq.Queue) -> set[str]:
    """List the jobs of `queue` that a seat has taken, dead seats included until their jobs are taken back."""
    return running_ids(queue.connection.zrange(running_key(queue), 0, -1))


def running_key(queue: rq.Queue) -> str:
    """Name the sorted set in which RQ keeps what the seats have taken from `queue`."""
    return StartedJobRegistry.key_template.format(queue.name)


def running_ids(entries: Any) -> set[str]:
    """Read the job ids out of that set's entries, each the id, a colon and the execution's id."""
    return {as_text(entry.partition(b":")[0]) for entry in entries if readable_entry(entry)}


def readable_entry(entry: bytes) -> bool:
    """Say whether an entry of that set has the form in which RQ writes it."""
    return _ENTRY.fullmatch(entry) is not None


_ENTRY = re.compile(rb"[A-Za-z0-9_-]+:[A-Za-z0-9_-]+")
