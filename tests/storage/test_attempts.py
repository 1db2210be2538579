"""Attempts are counted, and forgotten once the job has its result."""

from __future__ import annotations

import redis

from storage.attempts import Attempts, Suspicion, attempts_at, attempts_key, begin, end
from storage.events import Cancelled, publish_result
from tests.conftest import a_job


def test_attempts_are_counted_until_the_job_has_its_result(connection: redis.Redis) -> None:
    job = a_job()
    assert attempts_at(connection, job.id) == Attempts()
    for execution in ("one", "two"):
        begin(connection, job.id, execution)
        end(connection, job.id, execution)
    assert attempts_at(connection, job.id) == Attempts(begun=2)
    assert connection.ttl(attempts_key(job.id)) > 0
    assert publish_result(connection, job, Cancelled(job_id=job.id))
    assert not connection.exists(attempts_key(job.id))
    begin(connection, job.id, "three")
    assert not publish_result(connection, job, Cancelled(job_id=job.id))
    assert not connection.exists(attempts_key(job.id)), "nor is one counted that came after"


def test_each_death_makes_a_job_more_suspect() -> None:
    suspicions = [Attempts(begun=deaths, deaths=deaths).suspicion for deaths in range(4)]
    assert suspicions == [Suspicion.NONE, Suspicion.SOME, Suspicion.STRONG, Suspicion.STRONG]
