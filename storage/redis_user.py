"""Whether the user as whom Redis is entered may do what a bot or a worker does, and nothing beyond."""

from __future__ import annotations

from typing import Any

import redis
from rq.utils import as_text

from storage.diagnosis import Check
from storage.events import PROGRESS

_KEYS = ("darkroom:probe", "rq:darkroom-probe")
_STREAM = "darkroom:probe:results"
_PART = "Redis user"


def examine_user(connection: redis.Redis, *, reads_results: bool) -> Check:
    """Try, on keys of the doctor's own, what Darkroom does; `reads_results` is for a bot's user.

    Raises `redis.RedisError` when Redis does not answer.
    """
    name = _name(connection)
    if denied := _denied(connection, reads_results):
        says = f"{name} may not do what it needs ({denied}): give it the rights in docker/users.acl."
        return Check(part=_PART, state="broken", says=says)
    if _may_do_more(connection):
        says = (
            f"{name} may do everything, so whoever has its address could empty this Redis: docker/users.acl "
            "has users for the bot and the workers that may not"
        )
        return Check(part=_PART, state="note", says=says)
    return Check(part=_PART, state="fine", says=f"{name} may do what it needs, and nothing else")


def _name(connection: redis.Redis) -> str:
    try:
        return as_text(connection.acl_whoami())
    except redis.ResponseError:
        return "the user"


def _denied(connection: redis.Redis, reads_results: bool) -> str | None:
    """Give the first of Redis's refusals, or None."""
    with connection.pipeline(transaction=False) as tried:
        for key in _KEYS:
            _use(tried, key)
        tried.publish(PROGRESS, "")
        tried.xadd(_STREAM, {"result": ""})
        tried.xlen(_STREAM)
        if reads_results:
            tried.xgroup_create(_STREAM, "doctor")
            tried.xreadgroup("doctor", "doctor", {_STREAM: ">"}, count=1)
            tried.xrange(_STREAM)
        tried.delete(*_KEYS, _STREAM)
        answers: Any = tried.execute(raise_on_error=False)
    refusals = [str(each) for each in answers if isinstance(each, redis.exceptions.NoPermissionError)]
    return refusals[0] if refusals else None


def _use(tried: redis.client.Pipeline, key: str) -> None:
    """Use a key as each of the kinds that Darkroom keeps, from a script as well."""
    for kind in ("string", "hash", "list", "set", "zset"):
        tried.delete(key)
        match kind:
            case "string":
                tried.set(key, 1, ex=60)
                tried.mget([key])
            case "hash":
                tried.hset(key, "field", 1)
                tried.hincrby(key, "field", 1)
                tried.hgetall(key)
            case "list":
                tried.lpush(key, "job")
                tried.blmove(key, key, 1)
                tried.lrem(key, 0, "job")
            case "set":
                tried.sadd(key, "worker")
                tried.smembers(key)
            case "zset":
                tried.zadd(key, {"job": 1})
                tried.zrange(key, 0, -1)
    tried.eval("return redis.call('DEL', KEYS[1])", 1, key)


def _may_do_more(connection: redis.Redis) -> bool:
    try:
        connection.acl_list()
    except redis.ResponseError:
        return False
    return True
