"""Whether a Redis keeps what it is given: over a power cut, and when its memory is full."""

from __future__ import annotations

import redis

from storage.diagnosis import Check

_PART = "Redis"


def examine_keeping(connection: redis.Redis, said: str) -> list[Check]:
    """Ask for its journal and for what it throws away; `said` is what is known of it otherwise.

    Asked by INFO, which whoever works with it may: CONFIG is not for users of least rights, and hosted
    servers forbid it. Raises `redis.RedisError` when Redis does not answer.
    """
    return [_journal(connection, said), *_eviction(connection)]


def _journal(connection: redis.Redis, said: str) -> Check:
    match _told(connection, "persistence", "aof_enabled"):
        case "1":
            return Check(part=_PART, state="fine", says=f"{said}, keeps a journal")
        case "0":
            says = f"{said}, without a journal: set appendonly yes, or a power cut empties it."
        case _:
            says = f"{said}, does not tell whether it keeps a journal: see that it has appendonly yes"
    return Check(part=_PART, state="note", says=says)


def _eviction(connection: redis.Redis) -> list[Check]:
    policy = _told(connection, "memory", "maxmemory_policy")
    if policy == "noeviction":
        return []
    does = "maxmemory-policy noeviction"
    says = f"does not tell what it throws away when its memory is full: see that it has {does}"
    if policy:
        says = f"throws jobs away when its memory is full ({policy}): set {does}"
    return [Check(part=_PART, state="note", says=says)]


def _told(connection: redis.Redis, section: str, field: str) -> str | None:
    """Give what INFO says; None where it may not be asked, or does not say."""
    try:
        found = connection.info(section).get(field)
    except redis.ResponseError:
        return None
    return None if found is None else str(found)
