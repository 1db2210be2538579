from __future__ import annotations

import contextlib
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
import redis
from filelock import FileLock

from gpuworker import worker
from gpuworker.seats import PULSE_SECONDS
from gpuworker.stages import follow
from gpuworker.worker import serve
from gpuworker.workplace import Claim, Workplace, take_device
from storage.attempts import MOST_DEATHS, attempts_key
from storage.blobs import Blobs
from storage.connection import connect
from storage.embedded_redis import EmbeddedRedis
from storage.events import BOT_RESULTS, PROGRESS, Cancelled, Failed, Finished, Progress, wait_result
from storage.farm import workers
from storage.jobs import Job
from storage.queue import JOB_TIMEOUT, JobQueue, JobState, queue_of
from storage.recipe import sampled
from storage.served import served
from storage.set_aside import jobs_set_aside
from tests.conftest import a_job, imagined, small_disk
from tests.gpuworker.fake_farm import a_workplace, fake_engine, fake_offers, serving, until
from tests.gpuworker.farm_process import FarmProcess


def prompted(prompt: str, **options: Any) -> Job:
    job = a_job(**options)
    return job.model_copy(update={"task": job.task.model_copy(update={"prompt": prompt})})


def run(connection: redis.Redis, job: Job, timeout: float = 15) -> Any:
    JobQueue(connection).enqueue(job)
    return wait_result(connection, job.reply_to, timeout)


def results_in(connection: redis.Redis, stream: str) -> list[str]:
    entries: Any = connection.xrange(stream)
    return [fields[b"result"].decode() for _, fields in entries]


def test_a_job_is_done_and_its_pictures_are_stored(
    connection: redis.Redis, place: Workplace, tmp_path: Path
) -> None:
    job = a_job(pictures=2)
    with serving(place):
        began = time.monotonic()
        result = run(connection, job)
        took = time.monotonic() - began
    assert isinstance(result, Finished)
    assert result.job_id == job.id
    assert 0.2 <= result.seconds <= took
    assert [recipe.noise for picture in result.pictures if (recipe := sampled(picture.recipe))] == list(
        imagined(job).noises
    )
    blobs = Blobs(str(tmp_path / "blobs"))
    assert all(blobs.get(picture.blob or "") for picture in result.pictures)


def test_the_way_there_and_back_is_short(connection: redis.Redis, place: Workplace) -> None:
    with serving(place):
        took = []
        for _ in range(6):
            began = time.perf_counter()
            run(connection, a_job(steps=1))
            took.append(time.perf_counter() - began)
    assert min(took) < 0.15, "with a step of 20 ms in it"


def test_jobs_run_side_by_side(connection: redis.Redis, place: Workplace) -> None:
    queue, jobs = JobQueue(connection), [a_job(steps=25, reply_to="darkroom:results:all") for _ in range(4)]
    with serving(place):
        run(connection, a_job(steps=1))
        began = time.monotonic()
        for job in jobs:
            queue.enqueue(job)
        until(lambda: connection.xlen("darkroom:results:all") == 4)
        took = time.monotonic() - began
    assert took < 1.5, "one after the other would take two seconds"


def test_a_worker_announces_and_withdraws_itself(connection: redis.Redis, place: Workplace) -> None:
    with serving(place, "pocket", "another"):
        until(lambda: [card.checkpoints for card in workers(connection)] == [("pocket", "another")])
        (card,) = workers(connection)
        assert (card.name, card.device, card.seats) == (place.name, "cpu", 4)
        assert card.picture_steps_per_second == {"pocket": 50.0}
        assert set(served(connection)) == {"pocket", "another"}
    assert workers(connection) == []


def test_a_redis_that_comes_back_empty_is_told_again_what_is_served(
    connection: redis.Redis, place: Workplace
) -> None:
    with serving(place, "pocket", "another"):
        until(lambda: set(served(connection)) == {"pocket", "another"})
        connection.flushall()
        until(lambda: set(served(connection)) == {"pocket", "another"})
        connection.hdel("darkroom:checkpoints", "another")
        until(lambda: set(served(connection)) == {"pocket", "another"})
        assert isinstance(run(connection, a_job()), Finished)


def test_only_queues_of_served_checkpoints_are_listened_to(connection: redis.Redis, place: Workplace) -> None:
    queue, foreign = JobQueue(connection), a_job("foreign")
    queue.enqueue(foreign)
    with serving(place, "pocket", "another"):
        assert isinstance(run(connection, a_job()), Finished)
        assert queue_of("foreign", connection).job_ids == [foreign.id]


def test_a_bad_checkpoint_is_named_and_the_others_are_served(
    connection: redis.Redis, place: Workplace
) -> None:
    with serving(place, "pocket", "broken"):
        result = run(connection, a_job("broken"))
        assert isinstance(result, Failed)
        assert "broken" in result.message
        assert "/srv" not in result.message, "members have no business with paths"
        assert isinstance(run(connection, a_job()), Finished)


def test_an_unknown_failure_is_a_sentence_and_the_log_has_the_rest(
    connection: redis.Redis, place: Workplace, caplog: pytest.LogCaptureFixture
) -> None:
    job = prompted("explode")
    with serving(place):
        result = run(connection, job)
        assert isinstance(result, Failed)
        assert "Something went wrong" in result.message
        assert isinstance(run(connection, a_job()), Finished)
    record = next(record for record in caplog.records if record.exc_info and job.id in record.getMessage())
    assert isinstance(record.exc_info[1], ZeroDivisionError)  # type: ignore[index]


def test_every_line_of_a_job_carries_its_id(
    connection: redis.Redis, place: Workplace, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "gpuworker")
    job = a_job()
    with serving(place):
        run(connection, job)
        until(lambda: sum(job.id in record.getMessage() for record in caplog.records) >= 2)


def test_progress_is_told(connection: redis.Redis, place: Workplace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follow, "PREVIEW_SECONDS", 0.1)
    channel = connection.pubsub(ignore_subscribe_messages=True)  # type: ignore[no-untyped-call]
    channel.subscribe(PROGRESS)
    job = a_job(steps=40)
    with serving(place):
        run(connection, job)
    messages = [channel.get_message(timeout=0.05) for _ in range(10)]
    told = [Progress.model_validate_json(message["data"]) for message in messages if message]
    channel.close()
    assert len(told) >= 2
    assert all(progress.job_id == job.id for progress in told)
    assert any(progress.preview for progress in told)


def test_a_running_job_is_cancelled(connection: redis.Redis, place: Workplace) -> None:
    queue, job = JobQueue(connection), a_job(steps=150)
    with serving(place):
        queue.enqueue(job)
        until(lambda: queue.state(job.id) is JobState.RUNNING)
        assert queue.cancel(job) is False
        asked = time.monotonic()
        assert wait_result(connection, job.reply_to, 120) == Cancelled(job_id=job.id)
        assert time.monotonic() - asked < 2, "150 steps take three seconds"
    assert fake_engine(place).rendered == []


def test_a_job_that_was_cancelled_on_its_way_is_not_begun(connection: redis.Redis, place: Workplace) -> None:
    queue, job = JobQueue(connection), a_job(steps=150)
    queue.enqueue(job)
    connection.set(f"darkroom:cancel:{job.id}", 1)
    with serving(place):
        assert wait_result(connection, job.reply_to, 120) == Cancelled(job_id=job.id)


def test_a_job_that_comes_twice_is_done_and_told_once(connection: redis.Redis, place: Workplace) -> None:
    job = a_job(steps=2)
    with serving(place):
        run(connection, job)
        lane = queue_of("pocket", connection)
        until(lambda: not connection.zcard(f"rq:wip:{lane.name}"))
        connection.rpush(lane.key, job.id)
        until(lambda: not lane.job_ids and not connection.llen(lane.intermediate_queue_key))
        until(lambda: not connection.exists(attempts_key(job.id)))
    assert len(fake_engine(place).rendered) == 1
    assert len(results_in(connection, job.reply_to)) == 1


WORDS = imagined(a_job()).model_dump(mode="json")


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"version": 3}, "is older than the bot and does not know version 3 of a job: it needs an update."),
        ({"task": {"kind": "frames"}}, "does not know the kind of task “frames”: it needs an update."),
        (
            {"task": {**WORDS, "start": {"kind": "sketch", "image": "ab" * 32}}},
            "does not know the kind of start “sketch”: it needs an update.",
        ),
        ({"task": {**WORDS, "sampler": "heun"}}, "does not know the sampler “heun”: it needs an update."),
        ({"task": {**WORDS, "steps": 0}}, "is of another version than the bot and cannot read it."),
    ],
)
def test_a_job_of_another_version_is_refused_with_a_sentence(
    connection: redis.Redis, place: Workplace, changes: dict[str, Any], sentence: str
) -> None:
    job = a_job()
    payload = {**job.model_dump(mode="json"), **changes}
    lane = queue_of("pocket", connection)
    lane.enqueue_call("gpuworker.worker.perform", args=[payload], job_id=job.id)
    with serving(place):
        result = wait_result(connection, job.reply_to, 120)
    assert isinstance(result, Failed)
    assert result.message.startswith("The worker that got this job is ")
    assert result.message.endswith(sentence)
    assert not lane.failed_job_registry.get_job_ids(), "told, and not buried"


def test_a_full_disk_under_the_pictures_is_told_within_seconds_and_forgotten_once_there_is_room(
    connection: redis.Redis, redis_address: str, tmp_path: Path
) -> None:
    (tmp_path / "blobs").mkdir()
    with small_disk(tmp_path / "blobs", "size=64k"):
        filler = tmp_path / "blobs" / "filler"
        with contextlib.suppress(OSError), filler.open("wb", buffering=0) as file:
            while True:
                file.write(bytes(4096))
        with serving(a_workplace(tmp_path, redis_address)):
            began = time.monotonic()
            jobs = [a_job(steps=1) for _ in range(4)]
            for job in jobs:
                JobQueue(connection).enqueue(job)
            told = [wait_result(connection, job.reply_to, 120) for job in jobs]
            assert time.monotonic() - began < 15, "three tries take 2.5 s"
            assert all(
                isinstance(result, Failed) and "disk that holds them is full" in result.message
                for result in told
            )
            filler.unlink()
            assert isinstance(run(connection, a_job(steps=1)), Finished)


def test_a_missing_detector_lets_nothing_out(
    connection: redis.Redis, redis_address: str, tmp_path: Path
) -> None:
    place = a_workplace(tmp_path, redis_address, detector=None)
    with serving(place):
        result = run(connection, a_job())
    assert isinstance(result, Failed)
    assert "cannot be checked" in result.message
    assert {path.name for path in tmp_path.rglob("*") if path.is_file()} == {"identity.txt"}


def test_a_job_whose_id_is_left_without_its_job_is_dropped(connection: redis.Redis, place: Workplace) -> None:
    lane = queue_of("pocket", connection)
    connection.rpush(lane.key, "gone")
    with serving(place):
        assert isinstance(run(connection, a_job()), Finished)
        assert connection.llen(lane.intermediate_queue_key) == 0


def test_stopping_lets_a_short_job_finish(connection: redis.Redis, place: Workplace) -> None:
    queue, job = JobQueue(connection), a_job(steps=30)
    with serving(place):
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
        thread.join(10)
        assert not thread.is_alive()
    assert queue.state(job.id) is JobState.WAITING


def a_worker_process(home: Path, redis_url: str, clock_off: float = 0.0) -> FarmProcess:
    process = FarmProcess(home, redis_url, home / "worker.log", {"CLOCK_OFF": str(clock_off)})
    process.wait_until_ready()
    return process


@pytest.mark.slow
def test_sigterm_ends_a_process_in_good_order(
    connection: redis.Redis, redis_address: str, tmp_path: Path
) -> None:
    command = [sys.executable, "-m", "tests.gpuworker.fake_farm", str(tmp_path), redis_address]
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
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


@pytest.mark.timeout(30)
def test_a_signal_at_the_worst_moment_stops_a_worker(connection: redis.Redis, place: Workplace) -> None:
    place.stop = SignalledWhileLocked()
    serve(place, fake_offers("pocket"))
    assert workers(connection) == []


@pytest.mark.slow
def test_a_killed_process_loses_no_job(connection: redis.Redis, redis_address: str, tmp_path: Path) -> None:
    process = a_worker_process(tmp_path, redis_address)
    queue, jobs = JobQueue(connection), [a_job(steps=60, reply_to=BOT_RESULTS) for _ in range(8)]
    for job in jobs:
        queue.enqueue(job)
    until(lambda: all(queue.state(job.id) is JobState.RUNNING for job in jobs))
    process.kill()
    process.wait()
    killed = time.monotonic()
    with serving(a_workplace(tmp_path, redis_address, seats=8)):
        until(lambda: connection.xlen(BOT_RESULTS) == 8, 90)
        took = time.monotonic() - killed
    print(f"all eight were done elsewhere {took:.1f} s after the kill")
    assert took < 15, "together: probably none of them was what killed it"
    results = results_in(connection, BOT_RESULTS)
    assert all(sum(job.id in result for result in results) == 1 for job in jobs)


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
        until(lambda: connection.xlen(BOT_RESULTS) == len(mates), 90)
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
            until(lambda: connection.xlen(BOT_RESULTS) == 10, 40)
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


def test_a_second_worker_waits_for_the_card_and_then_says_who_has_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gpuworker.workplace.LEAVING_SECONDS", 0.5)
    with FileLock(tmp_path / "card.lock", thread_local=False):
        with pytest.raises(SystemExit, match="Another worker of this data folder has the card"):
            take_device(FileLock(tmp_path / "card.lock", thread_local=False), Claim.CARD)
        waits = FileLock(tmp_path / "card.lock", thread_local=False)
        waiting = threading.Thread(target=take_device, args=(waits, Claim.DEVICE))
        waiting.start()
        waiting.join(1)
        assert waiting.is_alive(), "however long it takes"
    waiting.join(5)
    assert waits.is_locked


def test_a_worker_that_is_leaving_is_waited_for(tmp_path: Path) -> None:
    leaves = FileLock(tmp_path / "card.lock", thread_local=False)
    leaves.acquire()
    threading.Timer(0.5, leaves.release).start()
    ours = FileLock(tmp_path / "card.lock", thread_local=False)
    take_device(ours, Claim.CARD)
    assert ours.is_locked


def test_a_worker_gives_signs_of_life_until_its_device_hangs(place: Workplace) -> None:
    heard = threading.Event()
    place.alive = heard.set
    with serving(place):
        assert heard.wait(10)
        fake_engine(place).turn_seconds = JOB_TIMEOUT + 1
        time.sleep(PULSE_SECONDS)
        heard.clear()
        assert not heard.wait(2 * PULSE_SECONDS)
