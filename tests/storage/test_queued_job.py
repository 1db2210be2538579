"""Who can write to Redis cannot have a worker run anything but the one function, on one JSON object."""

from __future__ import annotations

import json
import pickle
import zlib
from typing import Any

import pytest
import redis
from rq.exceptions import NoSuchJobError

from storage.queue import JobQueue, queue_of
from storage.queued_job import ENTRY_POINT, NotOurs, QueuedJob
from tests.conftest import a_job

GOOD: list[Any] = [ENTRY_POINT, None, [{"id": "ab"}], {}]


def packed(what: Any) -> bytes:
    return zlib.compress(json.dumps(what).encode())


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("data", packed(["os.system", None, [{"id": "touch"}], {}])),
        ("data", packed([ENTRY_POINT, None, ["touch"], {}])),
        ("data", packed([ENTRY_POINT, None, [{}, {}], {}])),
        ("data", packed([ENTRY_POINT, None, [{}], {"data": {}}])),
        ("data", packed([ENTRY_POINT, "instance", [{}], {}])),
        ("data", packed({"a": 1})),
        ("data", packed(5)),
        ("data", b"[not JSON"),
        ("data", b"\xff\xfe\x00"),
        ("data", packed(GOOD)[:-6]),
        ("data", zlib.compress(b"[" + 9_000_000 * b" ")),
        ("data", zlib.compress(pickle.dumps(GOOD))),
        ("failure_callback_name", b"os.abort"),
        ("success_callback_name", b"os.abort"),
        ("stopped_callback_name", b"os.abort"),
        ("webhooks", b'[{"url": "http://169.254.169.254/"}]'),
        ("dependency_ids", b'["other"]'),
        ("timeout", b"soon"),
        ("status", b"happy"),
        ("created_at", b"yesterday"),
        ("retries_left", b"many"),
    ],
)
def test_what_no_bot_of_ours_wrote_is_no_job(connection: redis.Redis, field: str, value: bytes) -> None:
    job = a_job()
    JobQueue(connection).enqueue(job)
    lane = queue_of("pocket", connection)
    assert QueuedJob.fetch(job.id, connection=connection, serializer=lane.serializer).func_name == ENTRY_POINT
    connection.hset(QueuedJob.key_for(job.id), field, value)
    with pytest.raises(NotOurs):
        QueuedJob.fetch(job.id, connection=connection, serializer=lane.serializer)


def test_a_job_without_its_data_is_no_job(connection: redis.Redis) -> None:
    connection.hset(QueuedJob.key_for("half"), "status", "queued")
    with pytest.raises(NoSuchJobError):
        QueuedJob.fetch("half", connection=connection)


def test_a_key_of_another_type_is_no_job(connection: redis.Redis) -> None:
    connection.set(QueuedJob.key_for("text"), "hello")
    with pytest.raises(NotOurs, match="no hash"):
        QueuedJob.fetch("text", connection=connection)
