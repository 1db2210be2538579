"""How long a running job counts as alive is told by Redis's clock, whatever the machines' clocks say."""

from __future__ import annotations

import pytest
import redis
import rq.executions
import rq.registry
from rq.executions import Execution

from storage.queue import JobQueue, queue_of
from storage.queued_job import QueuedJob
from storage.running import redis_now, running_key
from tests.conftest import a_job


@pytest.mark.parametrize("off", [-3600, 3600])
def test_an_execution_is_alive_by_the_clock_of_redis(
    connection: redis.Redis, monkeypatch: pytest.MonkeyPatch, off: int
) -> None:
    lane, asked = queue_of("pocket", connection), a_job()
    JobQueue(connection).enqueue(asked)
    job = QueuedJob.fetch(asked.id, connection=connection, serializer=lane.serializer)
    for module in (rq.executions, rq.registry):
        monkeypatch.setattr(module, "current_timestamp", lambda: redis_now(connection) + off)
    with connection.pipeline() as pipeline:
        execution = Execution.create(job, 8, pipeline)
        pipeline.execute()
    until_then = connection.zscore(running_key(lane), execution.composite_key)
    assert until_then is not None
    assert 6 <= until_then - redis_now(connection) <= 8
    connection.zrem(running_key(lane), execution.composite_key)
    with connection.pipeline() as pipeline:
        execution.heartbeat(job.started_job_registry, 8, pipeline)
        pipeline.execute()
    assert not connection.zcard(running_key(lane)), "a heartbeat brings nothing back that was taken away"
