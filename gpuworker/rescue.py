"""The rescue: what dead workers left of a queue goes back to it, and what cannot be run goes away."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import redis
import rq
from rq.worker_registration import clean_worker_registry

from storage.running import readable_entry, redis_now, running_job_ids, running_key
from storage.take_back import between_key, take_back, take_back_untaken

log = logging.getLogger(__name__)

GiveUp = Callable[[rq.job.Job, BaseException], None]
"""Called for a job that failed for the last time."""
TTL_SECONDS = 8
"""A job whose seat was silent for so long is taken back: three heartbeats may be late."""


def last_words(give_up: GiveUp) -> Callable[..., None]:
    """Make RQ's handler of a job's failure: one that will not be tried again is given up with a sentence."""

    def handle(job: rq.job.Job, _: type[BaseException], error: BaseException, __: Any) -> None:
        if job.should_retry:
            return
        try:
            give_up(job, error)
        except (redis.ConnectionError, redis.TimeoutError):
            raise
        except Exception:
            # What it says of itself is nonsense; the jobs after it are to be rescued all the same.
            log.exception("job %s: nobody could be told that it was given up", job.id)

    return handle


def rescue(lane: rq.Queue) -> None:
    """Give back to the queue what dead workers left of it.

    One process at a time does it, or a job would come back twice. RQ's own lock for this lives 15 minutes
    when its holder dies, so a lock of a few seconds is taken under the same key; who took longer than it
    lives does not take it from the next one.
    """
    mine = uuid4().hex
    if not lane.connection.set(lane.registry_cleaning_key, mine, nx=True, ex=_RESCUE_SECONDS):
        return
    try:
        _drop_unreadable(lane)
        _give_back_silent(lane)
        _give_back_untaken(lane)
        for registry in (lane.finished_job_registry, lane.failed_job_registry):
            registry.cleanup(redis_now(lane.connection))
        clean_worker_registry(lane)
    finally:
        lane.connection.eval(_UNLOCK, 1, lane.registry_cleaning_key, mine)


_RESCUE_SECONDS = 5

_UNLOCK = """
if redis.call('GET', KEYS[1]) == ARGV[1] then
    redis.call('DEL', KEYS[1])
end
"""


def _drop_unreadable(lane: rq.Queue) -> None:
    """Take entries away over which RQ's own cleaning would stumble, again and again."""
    entries: Any = lane.connection.zrange(running_key(lane), 0, -1)
    for entry in entries:
        if not readable_entry(entry):
            log.error("entry %r of %s: dropped, it is no job's", entry, lane.name)
            lane.connection.zrem(running_key(lane), entry)


def _give_back_silent(lane: rq.Queue) -> None:
    """Give back jobs whose seat has given no sign of life for TTL_SECONDS."""
    silent: Any = lane.connection.zrangebyscore(running_key(lane), 0, redis_now(lane.connection))
    for entry in silent:
        if take_back(lane, entry):
            log.warning("job %s: its worker is silent; back to the queue", entry.partition(b":")[0].decode())


def _give_back_untaken(lane: rq.Queue) -> None:
    """Give back jobs whose seat died after it took them and before it began."""
    running = running_job_ids(lane)
    between: Any = lane.connection.lrange(lane.intermediate_queue_key, 0, -1)
    for job_id in between:
        name = job_id.decode(errors="replace")
        if name not in running and _is_stuck(lane.connection, name) and take_back_untaken(lane, name):
            log.warning("job %s: its worker died before it began; back to the queue", name)


def _is_stuck(connection: redis.Redis, job_id: str) -> bool:
    """Tell whether the job, which is between queue and seat, was seen there a while ago already."""
    seen = between_key(job_id)
    if connection.set(seen, 1, nx=True, ex=3 * TTL_SECONDS):
        return False
    left: Any = connection.ttl(seen)
    return bool(left <= 2 * TTL_SECONDS)
