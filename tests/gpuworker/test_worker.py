"""What becomes of jobs on a worker with a played engine: done, refused, cancelled, and told of."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from pathlib import Path
from typing import Any

import pytest
import redis

from gpuworker.seats import PULSE_SECONDS
from gpuworker.stages import follow
from gpuworker.workplace import Workplace
from storage.attempts import attempts_key
from storage.blobs import Blobs
from storage.events import PROGRESS, Cancelled, Failed, Finished, Progress, wait_result
from storage.queue import JOB_TIMEOUT, JobQueue, JobState, queue_of
from storage.recipe import sampled
from tests.conftest import a_job, imagined, small_disk
from tests.gpuworker.fake_farm import a_workplace, fake_engine, serving, until
from tests.gpuworker.jobs import prompted, result_of, results_in


def test_a_job_is_done_and_its_pictures_are_stored(
    connection: redis.Redis, place: Workplace, tmp_path: Path
) -> None:
    job = a_job(pictures=2)
    with serving(place):
        began = time.monotonic()
        result = result_of(connection, job)
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
    def seconds() -> float:
        began = time.perf_counter()
        result_of(connection, a_job(steps=1))
        return time.perf_counter() - began

    with serving(place):
        assert any(seconds() < 0.15 for _ in range(50)), "with a step of 20 ms in it, once nothing else runs"


def test_jobs_run_side_by_side(connection: redis.Redis, place: Workplace) -> None:
    queue, jobs = JobQueue(connection), [a_job(steps=50, reply_to="darkroom:results:all") for _ in range(4)]
    with serving(place):
        result_of(connection, a_job(steps=1))
        for job in jobs:
            queue.enqueue(job)
        until(lambda: connection.xlen("darkroom:results:all") == 4)
    assert fake_engine(place).most_at_once == 4


def test_only_queues_of_served_checkpoints_are_listened_to(connection: redis.Redis, place: Workplace) -> None:
    queue, foreign = JobQueue(connection), a_job("foreign")
    queue.enqueue(foreign)
    with serving(place, "pocket", "another"):
        assert isinstance(result_of(connection, a_job()), Finished)
        assert queue_of("foreign", connection).job_ids == [foreign.id]


def test_a_bad_checkpoint_is_named_and_the_others_are_served(
    connection: redis.Redis, place: Workplace
) -> None:
    with serving(place, "pocket", "broken"):
        result = result_of(connection, a_job("broken"))
        assert isinstance(result, Failed)
        assert "broken" in result.message
        assert "/srv" not in result.message, "members have no business with paths"
        assert isinstance(result_of(connection, a_job()), Finished)


def test_an_unknown_failure_is_a_sentence_and_the_log_has_the_rest(
    connection: redis.Redis, place: Workplace, caplog: pytest.LogCaptureFixture
) -> None:
    job = prompted("explode")
    with serving(place):
        result = result_of(connection, job)
        assert isinstance(result, Failed)
        assert "Something went wrong" in result.message
        assert isinstance(result_of(connection, a_job()), Finished)
    record = next(record for record in caplog.records if record.exc_info and job.id in record.getMessage())
    assert isinstance(record.exc_info[1], ZeroDivisionError)  # type: ignore[index]


def test_every_line_of_a_job_carries_its_id(
    connection: redis.Redis, place: Workplace, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "gpuworker")
    job = a_job()
    with serving(place):
        result_of(connection, job)
        until(lambda: sum(job.id in record.getMessage() for record in caplog.records) >= 2)


def test_progress_is_told(connection: redis.Redis, place: Workplace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follow, "PREVIEW_SECONDS", 0.1)
    channel = connection.pubsub(ignore_subscribe_messages=True)  # type: ignore[no-untyped-call]
    channel.subscribe(PROGRESS)
    job = a_job(steps=40)
    with serving(place):
        result_of(connection, job)
    messages = [channel.get_message(timeout=1) for _ in range(5)]
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
        assert wait_result(connection, job.reply_to, 120) == Cancelled(job_id=job.id)
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
        result_of(connection, job)
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
            assert time.monotonic() - began < 60, "three tries take 2.5 s"
            assert all(
                isinstance(result, Failed) and "disk that holds them is full" in result.message
                for result in told
            )
            filler.unlink()
            assert isinstance(result_of(connection, a_job(steps=1)), Finished)


def test_a_missing_detector_lets_nothing_out(
    connection: redis.Redis, redis_address: str, tmp_path: Path
) -> None:
    place = a_workplace(tmp_path, redis_address, detector=None)
    with serving(place):
        result = result_of(connection, a_job())
    assert isinstance(result, Failed)
    assert "cannot be checked" in result.message
    assert {path.name for path in tmp_path.rglob("*") if path.is_file()} == {"identity.txt"}


def test_a_job_whose_id_is_left_without_its_job_is_dropped(connection: redis.Redis, place: Workplace) -> None:
    lane = queue_of("pocket", connection)
    connection.rpush(lane.key, "gone")
    with serving(place):
        assert isinstance(result_of(connection, a_job()), Finished)
        assert connection.llen(lane.intermediate_queue_key) == 0


@pytest.mark.slow
def test_a_worker_gives_signs_of_life_until_its_device_hangs(place: Workplace) -> None:
    heard = threading.Event()
    place.alive = heard.set
    with serving(place):
        assert heard.wait(60)
        fake_engine(place).turn_seconds = JOB_TIMEOUT + 1
        time.sleep(PULSE_SECONDS)
        heard.clear()
        assert not heard.wait(2 * PULSE_SECONDS)
