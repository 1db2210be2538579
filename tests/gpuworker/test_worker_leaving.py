"""A worker that is told to stop: short jobs are done, and others are handed back."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import redis

from gpuworker import worker
from gpuworker.worker import serve
from gpuworker.workplace import Workplace
from storage.events import Finished, wait_result
from storage.farm import workers
from storage.queue import JobQueue, JobState, queue_of
from tests.conftest import a_job
from tests.gpuworker.fake_farm import a_workplace, fake_engine, fake_offers, serving, until
from tests.gpuworker.jobs import result_of


def test_stopping_lets_a_short_job_finish(
    connection: redis.Redis, place: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "GRACE_SECONDS", 60.0)
    queue, job = JobQueue(connection), a_job(steps=30)
    with serving(place):
        assert isinstance(result_of(connection, a_job(steps=1)), Finished)
        queue.enqueue(job)
        until(lambda: queue.state(job.id) is JobState.RUNNING)
    assert isinstance(wait_result(connection, job.reply_to, 0.1), Finished)


def test_stopping_hands_a_long_job_back_to_the_front(
    connection: redis.Redis,
    redis_address: str,
    place: Workplace,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(worker, "GRACE_SECONDS", 0.3)
    queue, long_ones = JobQueue(connection), [a_job(steps=100) for _ in range(4)]
    patient = a_job(steps=1)
    with serving(place):
        for job in (*long_ones, patient):
            queue.enqueue(job)
        until(lambda: all(queue.state(job.id) is JobState.RUNNING for job in long_ones))
    assert {queue.state(job.id) for job in long_ones} == {JobState.WAITING}
    assert queue_of("pocket", connection).get_job_position(patient.id) == 4
    assert wait_result(connection, long_ones[0].reply_to, 0.1) is None
    with serving(a_workplace(tmp_path, redis_address)):
        for job in long_ones:
            assert isinstance(wait_result(connection, job.reply_to, 120), Finished)


def test_a_worker_whose_engine_died_leaves_and_keeps_its_jobs_for_others(
    connection: redis.Redis, place: Workplace
) -> None:
    queue, job = JobQueue(connection), a_job(steps=150)
    with serving(place) as thread:
        queue.enqueue(job)
        until(lambda: queue.state(job.id) is JobState.RUNNING)
        fake_engine(place).stop()
        thread.join(60)
        assert not thread.is_alive()
    assert queue.state(job.id) is JobState.WAITING


@pytest.mark.slow
def test_sigterm_ends_a_process_in_good_order(
    connection: redis.Redis, redis_address: str, tmp_path: Path
) -> None:
    command = [sys.executable, "-m", "tests.gpuworker.fake_farm", str(tmp_path), redis_address]
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    # With its first job a worker reads lists, which may take a busy machine longer than it has to stop.
    assert isinstance(result_of(connection, a_job(steps=1)), Finished)
    job = a_job(steps=30)
    JobQueue(connection).enqueue(job)
    until(lambda: JobQueue(connection).state(job.id) is JobState.RUNNING)
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == 0
    assert isinstance(wait_result(connection, job.reply_to, 0.1), Finished)
    assert workers(connection) == []


class SignalledWhileLocked(threading.Event):
    """An event during whose own work, in the main thread, a SIGTERM comes."""

    _cond: threading.Condition

    def wait(self, timeout: float | None = None) -> bool:
        if threading.current_thread() is threading.main_thread():
            with self._cond:
                signal.raise_signal(signal.SIGTERM)
        return super().wait(timeout)


@pytest.mark.timeout(120)
def test_a_signal_at_the_worst_moment_stops_a_worker(connection: redis.Redis, place: Workplace) -> None:
    place.stop = SignalledWhileLocked()
    serve(place, fake_offers("pocket"))
    assert workers(connection) == []
