"""Jobs go to those who can do them: past workers that are sick, too old, or that hang."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import redis
from PIL import Image

from gpuworker import seats, watch
from gpuworker.engine.errors import EngineStopped, Lacking
from gpuworker.stages import review
from gpuworker.workplace import LEAVING_SECONDS, Workplace
from storage.attempts import attempts_at
from storage.blobs import Blobs, BlobStoreAway
from storage.events import Failed, Finished, wait_result
from storage.farm import WorkerCard, announce, tell_store, withdraw, workers
from storage.jobs import Job
from storage.queue import JobQueue, queue_of
from storage.signing import Signer, signer_of
from tests.conftest import a_job
from tests.gpuworker.fake_farm import FakeEngine, FakeStats, a_workplace, fake_engine, serving, until
from tests.gpuworker.jobs import prompted
from tests.storage.recorded import recorded
from tests.storage.redis_servers import free_port
from tests.stores import FARM, bots_store


class SickEngine(FakeEngine):
    """Fails at once, whatever it is asked."""

    def submit(self, request: Any) -> Future[Image.Image]:
        raise RuntimeError("the driver does not answer")


class SmallEngine(FakeEngine):
    """Has too little memory for whatever it is asked; once it `knows`, its card tells so."""

    def __init__(self, knows: bool = False) -> None:
        super().__init__()
        self.asked = 0
        self.knows = knows

    def submit(self, request: Any) -> Future[Image.Image]:
        self.asked += 1
        raise Lacking("128x128 needs more than the 8 GB of this worker.")

    def stats(self) -> FakeStats:
        return FakeStats(most_pixels={"pocket": 64 * 64} if self.knows else {})


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


def test_what_a_worker_has_no_memory_for_is_done_by_one_that_has(
    connection: redis.Redis, redis_address: str, tmp_path: Path
) -> None:
    with farm(tmp_path, redis_address, small := SmallEngine()) as (first, large):
        done = results(connection, [a_job(steps=5) for _ in range(16)])
        assert [type(result) for result in done] == [Finished] * 16
        assert len(fake_engine(large).rendered) == 16
        assert first.health.ails is None, "it is not ill for that"
        small.knows = True
        asked = small.asked
        done = results(connection, [a_job(steps=5) for _ in range(16)])
        assert [type(result) for result in done] == [Finished] * 16
        assert small.asked == asked, "what does not fit its plan it does not take"


def test_what_no_worker_has_the_memory_for_is_said_once_all_were_asked(
    connection: redis.Redis, redis_address: str, tmp_path: Path
) -> None:
    with farm(tmp_path, redis_address, one := SmallEngine()) as (_, place):
        other: Any = SmallEngine(knows=True)
        place.bench = replace(place.bench, engine=other)
        (failed,) = results(connection, [a_job(steps=5)])
        assert isinstance(failed, Failed)
        assert "8 GB" in failed.message
        assert (one.asked, other.asked) == (1, 1)


def test_what_only_a_worker_has_room_for_that_takes_nothing_at_the_moment_waits_for_it(
    connection: redis.Redis, place: Workplace
) -> None:
    large = WorkerCard(
        name="large",
        checkpoints=("pocket",),
        device="cpu",
        seats=1,
        ails="steps back",
        key=signer_of(connection).fingerprint,
    )
    small: Any = SmallEngine()
    place.bench = replace(place.bench, engine=small)
    job, lane = a_job(), queue_of("pocket", connection)
    with serving(place):
        announce(connection, large)
        JobQueue(connection).enqueue(job)
        until(lambda: attempts_at(connection, job.id).refused and lane.job_ids == [job.id])
        withdraw(connection, large.name)
        result = wait_result(connection, job.reply_to, 60)
    assert isinstance(result, Failed)
    assert small.asked == 2


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


def test_while_the_bot_that_keeps_the_pictures_is_away_nothing_is_failed_and_nothing_begun(
    connection: redis.Redis, redis_address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(review, "_PUT_PAUSES", (0.01,))
    port, lane = free_port(), queue_of("pocket", connection)
    blobs = Blobs(f"http://127.0.0.1:{port}", FARM, patience=0.5)
    place = a_workplace(tmp_path, redis_address, blobs=blobs)
    first, second = a_job(steps=3), a_job(steps=3)
    with ExitStack() as running:
        with bots_store(tmp_path / "bot", port):
            running.enter_context(serving(place))
            until(lambda: workers(connection))
        JobQueue(connection).enqueue(first)
        until(lambda: blobs.trouble and lane.job_ids == [first.id])
        JobQueue(connection).enqueue(second)
        until(lambda: [card.ails for card in workers(connection)] == [place.ails] != [None])
        assert place.ails == (
            f"takes no jobs, because it has no way to {blobs.place}: [Errno 111] Connection refused"
        )
        assert len(fake_engine(place).rendered) == 1
        with bots_store(tmp_path / "bot", port) as theirs:
            for job in (first, second):
                result = wait_result(connection, job.reply_to, 60)
                assert isinstance(result, Finished)
                assert theirs.has(result.pictures[0].blob or "")
            until(lambda: place.ails is None)
        assert attempts_at(connection, first.id).deaths == 0


def test_a_worker_that_the_bot_refuses_begins_nothing(
    connection: redis.Redis, redis_address: str, tmp_path: Path
) -> None:
    port = free_port()
    place = a_workplace(tmp_path, redis_address, blobs=Blobs(f"http://127.0.0.1:{port}", Signer(b"another")))
    with bots_store(tmp_path / "bot", port), serving(place):
        until(lambda: place.ails)
        assert "set DARKROOM_QUEUE_KEY" in str(place.ails)
        JobQueue(connection).enqueue(a_job(steps=1))
        time.sleep(1)
        assert not fake_engine(place).rendered


def test_a_worker_that_keeps_pictures_elsewhere_than_the_bot_takes_nothing_and_says_so(
    connection: redis.Redis, redis_address: str, tmp_path: Path
) -> None:
    elsewhere, place = (a_workplace(tmp_path / name, redis_address) for name in ("elsewhere", "bot"))
    tell_store(connection, place.bench.blobs.identity())
    with serving(elsewhere), serving(place):
        done = results(connection, [a_job(steps=5) for _ in range(8)])
        assert all(place.bench.blobs.has(result.pictures[0].blob) for result in done)
        assert not fake_engine(elsewhere).rendered
        until(lambda: any(card.ails for card in workers(connection)))
        (card,) = (card for card in workers(connection) if card.ails)
        assert card.name == elsewhere.name
        assert "set DARKROOM_BLOBS" in str(card.ails)
        tell_store(connection, elsewhere.bench.blobs.identity())
        until(lambda: elsewhere.ails is None and place.ails is not None)


def test_a_worker_that_does_not_know_its_store_yet_takes_nothing_until_it_does(
    connection: redis.Redis, place: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    blobs, known = place.bench.blobs, threading.Event()
    tell_store(connection, identity := blobs.identity())

    def asked(_: Blobs) -> str:
        if not known.is_set():
            raise BlobStoreAway("It is not mounted.")
        return identity

    monkeypatch.setattr(Blobs, "identity", asked)
    job = a_job(steps=1)
    JobQueue(connection).enqueue(job)
    with serving(place):
        until(lambda: [card.ails for card in workers(connection)] == [place.ails] != [None])
        assert queue_of("pocket", connection).job_ids == [job.id]
        known.set()
        assert isinstance(wait_result(connection, job.reply_to, 60), Finished)


@pytest.mark.parametrize("away", [True, False])
def test_a_worker_without_a_bot_is_left_in_time(
    connection: redis.Redis, redis_address: str, tmp_path: Path, away: bool
) -> None:
    port = free_port()
    place = a_workplace(tmp_path, redis_address)
    blobs = Blobs(f"http://127.0.0.1:{port}", FARM, patience=120, stop=place.stop)
    place.bench = replace(place.bench, blobs=blobs)
    with ExitStack() as running:
        with bots_store(tmp_path / "bot", port):
            running.enter_context(serving(place))
            until(lambda: workers(connection))
        if away:
            job = a_job(steps=1)
            JobQueue(connection).enqueue(job)
            until(lambda: blobs.trouble)
        began = time.monotonic()
    assert time.monotonic() - began < LEAVING_SECONDS
    if away:
        assert queue_of("pocket", connection).job_ids == [job.id]
        assert attempts_at(connection, job.id).deaths == 0, "it was handed back"
