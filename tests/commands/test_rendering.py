"""A job on its way through the queue, and what becomes of it when nobody waits any more."""

from __future__ import annotations

import threading

import pytest
import redis

from commands.rendering import render
from commands.terminal import Refused
from moderation.policy import SFW
from storage.events import Cancelled, Failed, Finished, publish_result
from storage.jobs import Job
from storage.queue import JobQueue, queue_of
from tests.conftest import a_job


def taken(connection: redis.Redis) -> Job:
    """The job that waits, as a seat takes it."""
    queue = queue_of("pocket", connection)
    while not (ids := queue.get_job_ids()):
        pass
    found = queue.fetch_job(ids[0])
    assert found is not None
    return Job.model_validate(found.args[0])


def test_the_result_is_handed_over(connection: redis.Redis) -> None:
    def work() -> None:
        job = taken(connection)
        publish_result(connection, job, Finished(job_id=job.id, seconds=2))

    seat = threading.Thread(target=work)
    seat.start()
    assert render(connection, a_job().task, "pocket", SFW).seconds == 2
    seat.join()


@pytest.mark.parametrize(
    ("kind", "said"), [("failed", "There is no LoRA called ink."), ("cancelled", "Cancelled.")]
)
def test_what_is_not_done_is_refused_with_its_sentence(connection: redis.Redis, kind: str, said: str) -> None:
    def work() -> None:
        job = taken(connection)
        failed = Failed(job_id=job.id, message="There is no LoRA called ink.")
        publish_result(connection, job, failed if kind == "failed" else Cancelled(job_id=job.id))

    seat = threading.Thread(target=work)
    seat.start()
    with pytest.raises(Refused, match=said):
        render(connection, a_job().task, "pocket", SFW)
    seat.join()


def test_a_job_that_is_given_up_is_cancelled(
    connection: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("commands.rendering.PATIENCE", 0.2)
    with pytest.raises(Refused, match="the job was cancelled"):
        render(connection, a_job().task, "pocket", SFW)
    assert queue_of("pocket", connection).get_job_ids() == []


def test_a_job_that_is_given_up_while_it_runs_is_stopped(
    connection: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("commands.rendering.PATIENCE", 1.0)
    ids: list[str] = []

    def work() -> None:
        job = taken(connection)
        ids.append(job.id)
        connection.lrem(queue_of("pocket", connection).key, 0, job.id)

    seat = threading.Thread(target=work)
    seat.start()
    with pytest.raises(Refused, match="the job was cancelled"):
        render(connection, a_job().task, "pocket", SFW)
    seat.join()
    assert JobQueue(connection).is_cancelled(ids[0])


def test_ctrl_c_cancels_it(connection: redis.Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("storage.events.wait_result", interrupted)
    with pytest.raises(Refused, match=r"^Cancelled\.$"):
        render(connection, a_job().task, "pocket", SFW)
    assert queue_of("pocket", connection).get_job_ids() == []
