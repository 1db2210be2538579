"""What was set aside is kept for the operator, and not for ever."""

from __future__ import annotations

import pytest
import redis

from storage import set_aside as module
from storage.set_aside import forget_set_aside, jobs_set_aside, set_aside
from tests.conftest import a_job


def test_a_job_is_kept_with_its_recipe_and_once(connection: redis.Redis) -> None:
    job = a_job()
    for _ in range(2):
        set_aside(connection, job.id, job.model_dump(mode="json"), 3)
    connection.hset("darkroom:set-aside", "nonsense", "{")
    (kept,) = jobs_set_aside(connection)
    assert (kept.id, kept.deaths) == (job.id, 3)
    assert type(job).model_validate(kept.job) == job
    assert forget_set_aside(connection) == 2
    assert jobs_set_aside(connection) == []


def test_the_oldest_go_when_they_are_too_many(
    connection: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_MOST", 2)
    clock = iter(range(100, 200))
    monkeypatch.setattr(module, "redis_now", lambda _: next(clock))
    for number in range(4):
        set_aside(connection, f"job {number}", {}, 3)
    assert [kept.id for kept in jobs_set_aside(connection)] == ["job 3", "job 2"]
