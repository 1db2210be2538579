"""Workers die, their clocks are off, and Redis goes away: no job is lost, and none is done twice."""

from __future__ import annotations

import os
import signal
import time
from concurrent.futures import Future
from pathlib import Path

import pytest
import redis
from PIL import Image

from gpuworker.engine.request import Request
from gpuworker.rescue import TTL_SECONDS
from gpuworker.workplace import Workplace
from storage.attempts import MOST_DEATHS, attempts_key
from storage.connection import connect
from storage.embedded_redis import EmbeddedRedis
from storage.events import BOT_RESULTS, Failed, Finished, wait_result
from storage.queue import JobQueue, JobState
from storage.set_aside import jobs_set_aside
from tests.conftest import a_job
from tests.gpuworker.fake_farm import FakeEngine, a_workplace, fake_engine, serving, until
from tests.gpuworker.farm_process import FarmProcess
from tests.gpuworker.jobs import prompted, results_in


def a_worker_process(home: Path, redis_url: str, clock_off: float = 0.0) -> FarmProcess:
    process = FarmProcess(home, redis_url, home / "worker.log", {"CLOCK_OFF": str(clock_off)})
    process.wait_until_ready()
    return process


@pytest.mark.slow
def test_a_killed_process_loses_no_job(connection: redis.Redis, redis_address: str, tmp_path: Path) -> None:
    process = a_worker_process(tmp_path, redis_address)
    queue, jobs = JobQueue(connection), [a_job(steps=60, reply_to=BOT_RESULTS) for _ in range(8)]
    for job in jobs:
        queue.enqueue(job)
    until(lambda: all(queue.state(job.id) is JobState.RUNNING for job in jobs))
    process.kill()
    process.wait()
    other = a_workplace(tmp_path, redis_address, seats=8)
    with serving(other):
        until(lambda: connection.xlen(BOT_RESULTS) == 8, 90)
    assert fake_engine(other).most_at_once > 1, "not one by one: probably none of them was what killed it"
    results = results_in(connection, BOT_RESULTS)
    assert all(sum(job.id in result for result in results) == 1 for job in jobs)


class LoadsFirst(FakeEngine):
    """Loads for longer than a dead seat is waited for, before its first step."""

    def _render(self, request: Request, future: Future[Image.Image]) -> None:
        self.stopped.wait(TTL_SECONDS + 3)
        super()._render(request, future)


@pytest.mark.slow
def test_a_worker_whose_first_job_takes_long_to_begin_is_not_taken_for_dead(
    connection: redis.Redis, redis_address: str, tmp_path: Path
) -> None:
    queue, job = JobQueue(connection), a_job(steps=10, reply_to=BOT_RESULTS)
    loads, other = LoadsFirst(), a_workplace(tmp_path, redis_address)
    with serving(a_workplace(tmp_path, redis_address, engine=loads)):
        queue.enqueue(job)
        until(lambda: queue.state(job.id) is JobState.RUNNING)
        attempts = set()
        with serving(other):
            while not connection.xlen(BOT_RESULTS):
                attempts |= set(connection.hgetall(attempts_key(job.id)))
                time.sleep(0.05)
            time.sleep(1)
    assert [each for each in attempts if b"deaths" in each or b"hedged" in each] == []
    assert (len(loads.rendered), len(fake_engine(other).rendered)) == (1, 0)
    assert connection.xlen(BOT_RESULTS) == 1


@pytest.mark.slow
def test_a_job_that_kills_its_workers_is_set_aside_and_its_seat_mates_are_done(
    connection: redis.Redis, redis_address: str, tmp_path: Path
) -> None:
    queue = JobQueue(connection)
    killer = prompted("die at once", steps=40)
    mates = [a_job(steps=60, reply_to=BOT_RESULTS) for _ in range(3)]
    for job in (*mates, killer):
        queue.enqueue(job)
    for _ in range(2):
        process = a_worker_process(tmp_path, redis_address)
        assert process.wait(60) == -signal.SIGKILL
    # As a third worker would have, had another test's patience been taken for it.
    connection.hincrby(attempts_key(killer.id), "deaths", 1)
    with serving(a_workplace(tmp_path, redis_address, seats=8)):
        result = wait_result(connection, killer.reply_to, 120)
        assert isinstance(result, Failed)
        assert "given up" in result.message
        until(lambda: connection.xlen(BOT_RESULTS) == len(mates), 120)
    (kept,) = jobs_set_aside(connection)
    assert (kept.id, kept.deaths, kept.job["task"]["prompt"]) == (killer.id, MOST_DEATHS, "die at once")
    results = results_in(connection, BOT_RESULTS)
    assert all(sum(job.id in result and "finished" in result for result in results) == 1 for job in mates)
    assert connection.keys("darkroom:attempts:*") == []


@pytest.mark.slow
@pytest.mark.parametrize("off", [-60, 60])
def test_a_worker_whose_clock_is_off_keeps_its_jobs_while_it_lives_and_not_longer(
    connection: redis.Redis, place: Workplace, redis_address: str, tmp_path: Path, off: float
) -> None:
    process = a_worker_process(tmp_path, redis_address, clock_off=off)
    queue, job, last = JobQueue(connection), a_job(steps=150), a_job(steps=150)
    queue.enqueue(job)
    until(lambda: queue.state(job.id) is JobState.RUNNING)
    with serving(place):
        assert isinstance(wait_result(connection, job.reply_to, 120), Finished)
        assert fake_engine(place).rendered == [], "nobody took it away"
        place.stop.set()
    queue.enqueue(last)
    until(lambda: queue.state(last.id) is JobState.RUNNING)
    process.kill()
    process.wait()
    with serving(a_workplace(tmp_path, redis_address)):
        assert isinstance(wait_result(connection, last.reply_to, 120), Finished)


AWAY_SECONDS = float(os.environ.get("AWAY_SECONDS", "10"))

"""Longer than a heartbeat is believed (8 s); 30 shows nothing else and takes longer."""


@pytest.mark.slow
def test_redis_goes_away_in_the_middle_of_ten_jobs(tmp_path: Path) -> None:
    with EmbeddedRedis(tmp_path / "redis") as server:
        connection = connect(server.url, patience=60)
        queue, jobs = JobQueue(connection), [a_job(steps=60, reply_to=BOT_RESULTS) for _ in range(10)]
        place = a_workplace(tmp_path, server.url, seats=4)
        with serving(place):
            for job in jobs:
                queue.enqueue(job)
            until(lambda: queue.state(jobs[0].id) is JobState.RUNNING)
            kill_for_a_while(server, connection, AWAY_SECONDS)
            until(lambda: connection.xlen(BOT_RESULTS) == 10, 120)
            time.sleep(1)
        results = results_in(connection, BOT_RESULTS)
        assert len(results) == 10
        assert all(sum(job.id in result for result in results) == 1 for job in jobs)
        assert len(fake_engine(place).rendered) == 10, "no work was done twice"


def kill_for_a_while(server: EmbeddedRedis, connection: redis.Redis, seconds: float) -> None:
    """Kill the server, and keep its owner from starting it again for so long."""
    spawn, back = server._spawn, time.monotonic() + seconds

    def spawn_later() -> None:
        if time.monotonic() >= back:
            spawn()

    server._spawn = spawn_later  # type: ignore[method-assign]
    os.kill(int(connection.info("server")["process_id"]), signal.SIGKILL)
