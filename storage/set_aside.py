"""Jobs that were set aside for the operator, because the workers that tried them died."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import redis
from pydantic import AwareDatetime, ValidationError

from storage.running import redis_now
from storage.values import Travelling

_SET_ASIDE = "darkroom:set-aside"
_MOST = 500
"""Jobs that are kept; an operator who never looks shall not fill Redis."""


class SetAside(Travelling):
    """A job that nobody tries any more: how it travelled, as it was found, and how often its worker died."""

    id: str
    at: AwareDatetime
    deaths: int
    job: dict[str, Any]


def set_aside(connection: redis.Redis, job_id: str, job: dict[str, Any], deaths: int) -> None:
    """Keep a job for the operator to look at; once, however often it is said."""
    at = datetime.fromtimestamp(redis_now(connection), UTC)
    kept = SetAside(id=job_id, at=at, deaths=deaths, job=job)
    if not connection.hsetnx(_SET_ASIDE, job_id, kept.model_dump_json()):
        return
    surplus = jobs_set_aside(connection)[_MOST:]
    if surplus:
        connection.hdel(_SET_ASIDE, *(each.id for each in surplus))


def jobs_set_aside(connection: redis.Redis) -> list[SetAside]:
    """List the jobs that were set aside, the latest first."""
    answer: Any = connection.hvals(_SET_ASIDE)
    kept = []
    for said in answer:
        try:
            kept.append(SetAside.model_validate_json(said))
        except ValidationError:
            continue
    return sorted(kept, key=lambda each: each.at, reverse=True)


def forget_set_aside(connection: redis.Redis) -> int:
    """Forget them all; gives how many there were."""
    with connection.pipeline(transaction=True) as pipeline:
        pipeline.hlen(_SET_ASIDE)
        pipeline.delete(_SET_ASIDE)
        return int(pipeline.execute()[0])
