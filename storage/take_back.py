"""How a job comes back to the front of its queue, from a worker that died, hangs, or leaves it to others."""

from __future__ import annotations

import rq
from rq.utils import as_text

from storage.attempts import ATTEMPTS_SECONDS, REFUSED, RUNNING, Refusal, attempts_key
from storage.events import result_key
from storage.running import running_key


def between_key(job_id: str) -> str:
    """Name the key that stands while a job is seen between queue and seat."""
    return f"darkroom:between:{job_id}"


def take_back(lane: rq.Queue, entry: bytes, *, at_once: bool = False) -> bool:
    """Take a job back from an execution that gives no sign of life, to the front of its queue.

    `entry` is the execution in the registry of running jobs; `at_once` is for the seat that has it. False if
    it was alive, or somebody else took the job back. It is not put into the queue when it is there already,
    runs elsewhere, or is over.
    """
    job_id, _, execution_id = as_text(entry).partition(":")
    keys = (
        running_key(lane),
        lane.key,
        lane.intermediate_queue_key,
        attempts_key(job_id),
        result_key(job_id),
        rq.job.Job.key_for(job_id),
        between_key(job_id),
    )
    arguments = (entry, job_id, RUNNING + execution_id, int(at_once), ATTEMPTS_SECONDS)
    return bool(lane.connection.eval(_TAKE_BACK, len(keys), *keys, *arguments))


_TAKE_BACK = """
local until_then = redis.call('ZSCORE', KEYS[1], ARGV[1])
if not until_then or (ARGV[4] == '0' and tonumber(until_then) > tonumber(redis.call('TIME')[1])) then
    return 0
end
redis.call('ZREM', KEYS[1], ARGV[1])
redis.call('DEL', KEYS[7])
redis.call('LREM', KEYS[3], 0, ARGV[2])
if redis.call('EXISTS', KEYS[5]) == 1 then
    redis.call('DEL', KEYS[4])
    return 1
end
if redis.call('HDEL', KEYS[4], ARGV[3]) == 1 and ARGV[4] == '0' then
    redis.call('HINCRBY', KEYS[4], 'deaths', 1)
    redis.call('EXPIRE', KEYS[4], ARGV[5])
end
if redis.call('LPOS', KEYS[2], ARGV[2]) then
    return 1
end
for _, entry in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
    if string.sub(entry, 1, #ARGV[2] + 1) == ARGV[2] .. ':' then
        return 1
    end
end
if redis.call('EXISTS', KEYS[6]) == 1 then
    redis.call('HSET', KEYS[6], 'status', 'queued')
end
redis.call('LPUSH', KEYS[2], ARGV[2])
return 1
"""


def take_back_untaken(lane: rq.Queue, job_id: str) -> bool:
    """Take back a job whose worker died with it in hand, before it could say that it had it.

    Reading it may have been what the worker died of, so this counts as well. False if somebody else did.
    """
    keys = (lane.intermediate_queue_key, lane.key, attempts_key(job_id), between_key(job_id))
    return bool(lane.connection.eval(_TAKE_BACK_UNTAKEN, len(keys), *keys, job_id, ATTEMPTS_SECONDS))


_TAKE_BACK_UNTAKEN = """
if redis.call('LREM', KEYS[1], 0, ARGV[1]) == 0 then
    return 0
end
redis.call('DEL', KEYS[4])
redis.call('HINCRBY', KEYS[3], 'deaths', 1)
redis.call('EXPIRE', KEYS[3], ARGV[2])
redis.call('LPUSH', KEYS[2], ARGV[1])
return 1
"""


def put_back(lane: rq.Queue, job_id: bytes) -> None:
    """Put back a job that a seat found and leaves to another worker."""
    keys = (lane.intermediate_queue_key, lane.key, between_key(as_text(job_id)))
    lane.connection.eval(_PUT_BACK, len(keys), *keys, job_id)


_PUT_BACK = """
if redis.call('LREM', KEYS[1], 0, ARGV[1]) > 0 then
    redis.call('LPUSH', KEYS[2], ARGV[1])
    redis.call('DEL', KEYS[3])
end
"""


def hedge(lane: rq.Queue, job_id: str, worker: str) -> bool:
    """Put a job that runs on `worker` into the queue as well, for another worker; once in its life.

    False if that was done, if it waits already, or if it is over.
    """
    keys = (lane.key, attempts_key(job_id), result_key(job_id))
    arguments = (job_id, REFUSED + worker, Refusal.HANGS, ATTEMPTS_SECONDS)
    return bool(lane.connection.eval(_HEDGE, len(keys), *keys, *arguments))


_HEDGE = """
if redis.call('EXISTS', KEYS[3]) == 1 or redis.call('LPOS', KEYS[1], ARGV[1]) then
    return 0
end
if redis.call('HSETNX', KEYS[2], 'hedged', 1) == 0 then
    return 0
end
redis.call('HSET', KEYS[2], ARGV[2], ARGV[3])
redis.call('EXPIRE', KEYS[2], ARGV[4])
redis.call('LPUSH', KEYS[1], ARGV[1])
return 1
"""
