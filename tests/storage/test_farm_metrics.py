from __future__ import annotations

from pathlib import Path

import pytest
import redis
from prometheus_client import REGISTRY, generate_latest

from storage.farm import announce
from storage.farm_metrics import farm_metrics
from storage.queue import JobQueue
from storage.settings import Settings
from tests.conftest import a_job
from tests.storage.test_farm import a_card


def test_prometheus_sees_queues_and_workers(
    connection: redis.Redis, redis_address: str, tmp_path: Path
) -> None:
    JobQueue(connection).enqueue(a_job())
    announce(connection, a_card(speed=40))
    with farm_metrics(Settings(home=tmp_path, redis_url=redis_address)):
        told = generate_latest(REGISTRY).decode()
    for line in (
        "darkroom_redis_up 1.0",
        'darkroom_queue_jobs{checkpoint="pocket",urgency="interactive"} 1.0',
        'darkroom_queue_jobs{checkpoint="pocket",urgency="bulk"} 0.0',
        'darkroom_workers{checkpoint="pocket"} 1.0',
        'darkroom_picture_steps_per_second{checkpoint="pocket"} 40.0',
        "darkroom_seats 8.0",
        "darkroom_undelivered_results 0.0",
    ):
        assert line in told.splitlines()
    assert "darkroom_redis_up" not in generate_latest(REGISTRY).decode()


def test_a_redis_that_is_away_is_told_and_breaks_nothing(tmp_path: Path) -> None:
    with farm_metrics(Settings(home=tmp_path, redis_url=f"unix://{tmp_path}/none.sock")):
        told = generate_latest(REGISTRY).decode().splitlines()
    assert "darkroom_redis_up 0.0" in told
    assert not any(line.startswith("darkroom_queue_jobs") for line in told)


@pytest.mark.parametrize(
    "name", ["darkroom_step_seconds", "darkroom_job_seconds", "darkroom_delivery_seconds"]
)
def test_what_happens_in_the_process_is_there_from_the_start(name: str) -> None:
    import storage.metrics  # noqa: F401

    assert f"# TYPE {name} histogram" in generate_latest(REGISTRY).decode()
