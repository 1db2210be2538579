"""Jobs go to those who can do them: past workers that are sick, too old, or that hang."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
import redis
from PIL import Image

from gpuworker import seats, watch
from gpuworker.engine.errors import EngineStopped
from gpuworker.workplace import Workplace
from storage.attempts import attempts_at
from storage.events import Failed, Finished, wait_result
from storage.farm import WorkerCard, announce, withdraw, workers
from storage.jobs import Job
from storage.queue import JobQueue, queue_of
from tests.conftest import a_job
from tests.gpuworker.fake_farm import FakeEngine, a_workplace, fake_engine, serving, until
from tests.gpuworker.jobs import prompted
from tests.storage.recorded import recorded


class SickEngine(FakeEngine):
    """Fails at once, whatever it is asked."""

    def submit(self, request: Any) -> Future[Image.Image]:
        raise RuntimeError("the driver does not answer")


class HangingEngine(FakeEngine):
    """Never answers."""

    def submit(self, request: Any) -> Future[Image.Image]:
        future: Future[Image.Image] = Future()

        def give_up() -> None:
            self.stopped.wait()
            if future.set_running_or_notify_cancel():
                future.set_exception(EngineStopped("The engine was stopped."))

        threading.Thread(target=give_up, daemon=True).start()
        return future


@contextmanager
def farm(home: Path, redis_address: str, first: FakeEngine) -> Iterator[tuple[Workplace, Workplace]]:
    """Two workers that know of each other, of which the first has another engine."""
    places = a_workplace(home, redis_address, engine=first), a_workplace(home, redis_address)
    with ExitStack() as running:
        for place in places:
            running.enter_context(serving(place))
        until(lambda: len(workers(place.quick)) == 2)
        yield places


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seats, "PULSE_SECONDS", 0.2)


def results(connection: redis.Redis, jobs: list[Job], seconds: float = 20) -> list[Any]:
    queue = JobQueue(connection)
    for job in jobs:
        queue.enqueue(job)
    return [wait_result(connection, job.reply_to, seconds) for job in jobs]


def test_a_worker_that_fails_fast_eats_no_jobs(
    connection: redis.Redis, redis_address: str, tmp_path: Path
) -> None:
    with farm(tmp_path, redis_address, SickEngine()) as (sick, sound):
        done = results(connection, [a_job(steps=5) for _ in range(16)])
        assert [type(result) for result in done] == [Finished] * 16
        assert len(fake_engine(sound).rendered) == 16
        until(lambda: any(card.ails for card in workers(connection)))
        (card,) = (card for card in workers(connection) if card.ails)
        assert card.name == sick.name


def test_a_job_that_fails_everywhere_is_its_own_fault(
    connection: redis.Redis, redis_address: str, tmp_path: Path
) -> None:
    with farm(tmp_path, redis_address, FakeEngine()) as places:
        failed = results(connection, [prompted("explode") for _ in range(4)])
        assert all(isinstance(result, Failed) for result in failed)
        until(lambda: [place.health.ails for place in places] == [None, None])


def test_a_job_that_hangs_is_done_elsewhere_and_told_once(
    connection: redis.Redis, redis_address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "STALLED_SECONDS", 0.5)
    with farm(tmp_path, redis_address, HangingEngine()) as (_, sound):
        jobs = [a_job(steps=5) for _ in range(6)]
        assert [type(result) for result in results(connection, jobs, 60)] == [Finished] * 6
        assert len(fake_engine(sound).rendered) == 6
    assert all(connection.xlen(job.reply_to) == 1 for job in jobs)


def test_a_job_whose_checkpoint_is_being_loaded_does_not_hang(
    connection: redis.Redis, redis_address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "STALLED_SECONDS", 0.5)
    with farm(tmp_path, redis_address, HangingEngine()) as (slow, sound):
        monkeypatch.setattr(slow.bench.checkpoints, "loading", frozenset({"pocket"}))
        jobs = [a_job(steps=5) for _ in range(12)]
        for job in jobs:
            JobQueue(connection).enqueue(job)
        until(lambda: len(slow.watch.hanging(lambda _: None)) == 12 - len(fake_engine(sound).rendered) > 0)
        begun = [attempts_at(connection, job.id) for job in slow.watch.hanging(lambda _: None)]
        assert not any(each.refused for each in begun)
        monkeypatch.setattr(slow.bench.checkpoints, "loading", frozenset())
        assert all(isinstance(wait_result(connection, job.reply_to, 60), Finished) for job in jobs)


def test_a_job_of_a_newer_version_is_left_to_a_worker_that_may_be_able_to_read_it(
    connection: redis.Redis, place: Workplace
) -> None:
    job, lane = a_job(), queue_of("pocket", connection)
    newer = WorkerCard(name="newer", checkpoints=("pocket",), device="cpu", seats=1)
    lane.enqueue_call(
        "gpuworker.worker.perform", args=[{**job.model_dump(mode="json"), "version": 3}], job_id=job.id
    )
    announce(connection, newer)
    with serving(place):
        next_one = a_job(steps=1)
        assert results(connection, [next_one]), "what is behind it goes on"
        assert wait_result(connection, job.reply_to, 1) is None
        until(lambda: lane.job_ids == [job.id])
        withdraw(connection, newer.name)
        result = wait_result(connection, job.reply_to, 120)
    assert isinstance(result, Failed)
    assert "needs an update" in result.message


@pytest.mark.parametrize("name", ["words", "words, before there were starts"])
def test_a_job_that_an_earlier_version_put_into_the_queue_is_done(
    connection: redis.Redis, place: Workplace, name: str
) -> None:
    said = {**recorded("jobs")[name]["job"], "reply_to": "darkroom:results:earlier"}
    queue_of("pocket", connection).enqueue_call("gpuworker.worker.perform", args=[said], job_id=said["id"])
    with serving(place):
        result = wait_result(connection, said["reply_to"], 120)
    assert isinstance(result, Finished)
    assert result.job_id == said["id"]
