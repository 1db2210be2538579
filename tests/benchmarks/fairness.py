"""Who waits for whom, and how truly waits are foretold: `python -m tests.benchmarks.fairness`.

Redis, queue, seats, stage, review and blobs are real. Only the engine is played: a pass takes PASS_SECONDS,
and PICTURE_SECONDS for each picture in it, as on a GPU that small batches do not fill. The last line is one
JSON object:

- `light_wait_ratio`: a member's wait for one job beside another's 500, against an empty queue, medians.
- `jain`: Jain's index of what 20 equal members had of half of the work once all had asked; 1 is equal.
- `jain_fifo`: the same, first come, first served.
- `throughput_ratio`: the jobs a second of the fair queue over those of a plain one.
- `wait_error_median`, `wait_error_p95`: how far off foretold waits of a mixed load were, as a share of them,
  once `BEFORE` jobs of it had come: who comes when is foreseen by who came lately.
"""

from __future__ import annotations

import json
import random
import statistics
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import redis
import rq
from PIL import Image

from gpuworker.engine.errors import EngineStopped
from gpuworker.engine.request import Request
from storage.connection import connect
from storage.embedded_redis import EmbeddedRedis
from storage.events import result_key
from storage.fair import FairQueue, Locality
from storage.farm import expected_waits
from storage.jobs import Job
from storage.queue import JobQueue, queue_of
from storage.share import Share
from tests.conftest import a_job
from tests.gpuworker.fake_farm import FakeStats, a_workplace, serving

PASS_SECONDS, PICTURE_SECONDS = 0.030, 0.003
SEATS = 8
BEFORE = 40
_BETWEEN_SECONDS = 0.44
_LOOK_SECONDS = 0.02


class SharedEngine:
    """All pictures advance by one step in every pass."""

    turn_seconds = 0.0

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: list[tuple[Request, Future[Image.Image], list[int]]] = []
        self._stopped = threading.Event()
        threading.Thread(target=self._run, daemon=True).start()

    def submit(self, request: Request) -> Future[Image.Image]:
        """Let a picture join."""
        if self._stopped.is_set():
            raise EngineStopped("The engine is stopped.")
        future: Future[Image.Image] = Future()
        with self._lock:
            self._running.append((request, future, [request.steps]))
        return future

    def stats(self) -> FakeStats:
        """Tell nothing: the worker measures."""
        return FakeStats(steps_per_second={})

    def stop(self) -> None:
        """Stop after the pass."""
        self._stopped.set()

    def _run(self) -> None:
        next_pass = time.monotonic()
        while not self._stopped.is_set():
            with self._lock:
                running = list(self._running)
            now = time.monotonic()
            next_pass = max(now, next_pass) + (PASS_SECONDS + PICTURE_SECONDS * len(running))
            time.sleep(max(0.0, next_pass - time.monotonic()))
            for request, future, left in running:
                left[0] -= 1
                if left[0] <= 0 and future.set_running_or_notify_cancel():
                    future.set_result(Image.new("RGB", (request.width, request.height), "teal"))
            with self._lock:
                self._running = [each for each in self._running if each[2][0] > 0]


@dataclass
class Asked:
    """A job, when it was enqueued and what was foretold."""

    job: Job
    at: float
    foretold: float | None = None
    done: float = 0.0


class Farm:
    """The queue as members use it, and when their jobs were done."""

    def __init__(self, connection: redis.Redis) -> None:
        self._redis = connection
        self._queue = JobQueue(connection)

    def ask(self, member: str, steps: int = 10, pictures: int = 1, foretell: bool = False) -> Asked:
        """Enqueue a job."""
        job = a_job(steps=steps, pictures=pictures).model_copy(update={"share": Share(member=member)})
        foretold = expected_waits(self._redis, self._queue, [job])[0].seconds if foretell else None
        asked = Asked(job, time.monotonic(), foretold)
        self._queue.enqueue(job)
        return asked

    def watch(self, asked: Sequence[Asked]) -> None:
        """Note when jobs are done, until all are."""
        while any(not each.done for each in asked):
            time.sleep(_LOOK_SECONDS)
            self.look(asked)

    def look(self, asked: Sequence[Asked]) -> None:
        """Note which jobs are done now."""
        open_jobs = [each for each in asked if not each.done]
        found: Any = self._redis.mget([result_key(each.job.id) for each in open_jobs]) if open_jobs else []
        for each, published in zip(open_jobs, found, strict=True):
            each.done = time.monotonic() if published else 0.0

    def running(self) -> set[str]:
        """Give the ids of the jobs that seats have taken."""
        (line,) = self._queue.lines(["pocket"]).values()
        return {each.job_id for each in line.taken}

    def empty(self, asked: Sequence[Asked]) -> None:
        """Cancel what waits, and wait for what runs."""
        for each in asked:
            self._queue.cancel(each.job)
        lane = queue_of("pocket", self._redis)
        while lane.count or lane.started_job_registry.count:
            time.sleep(_LOOK_SECONDS)


@contextmanager
def first_come_first_served() -> Iterator[None]:
    """Let seats take the job that came first, as RQ's own workers do."""
    take = FairQueue.take

    def plain(
        self: FairQueue, lanes: Sequence[rq.Queue], _: Locality, *, express: bool
    ) -> tuple[rq.Queue, bytes] | None:
        (lane,) = lanes
        found: Any = lane.connection.lmove(lane.key, lane.intermediate_queue_key, "LEFT", "RIGHT")
        return None if found is None else (lane, found)

    FairQueue.take = plain  # type: ignore[method-assign, assignment]
    try:
        yield
    finally:
        FairQueue.take = take  # type: ignore[method-assign]


def light_wait(farm: Farm, beside: int) -> float:
    """Give the median wait of a member who asks for one job at a time, beside so many of another's."""
    heavy = [farm.ask("heavy") for _ in range(beside)]
    if heavy:
        time.sleep(1.0)
    waits = []
    for _ in range(9):
        asked = farm.ask("light")
        farm.watch([asked])
        waits.append(asked.done - asked.at)
        time.sleep(random.uniform(0.05, 0.3))
    farm.empty(heavy)
    return statistics.median(waits)


def equal_members(farm: Farm, members: int = 20, jobs: int = 16) -> tuple[float, float]:
    """Give Jain's index and the jobs a second of members who ask one after the other, each for all at once.

    The index is of what they had of the first half of what is begun once all have asked: who came first had
    the farm for themselves until then, which is nobody's loss.
    """
    asked = [farm.ask(f"member {number}") for number in range(members) for _ in range(jobs)]
    began = time.monotonic()
    farm.look(asked)
    before = {each.job.id for each in asked if each.done} | farm.running()
    farm.watch(asked)
    ended = max(each.done for each in asked)
    rest = [each for each in asked if each.job.id not in before]
    first = sorted(rest, key=lambda each: each.done)[: len(rest) // 2]
    had = Counter(each.job.share.member for each in first)
    shares = [had[f"member {number}"] for number in range(members)]
    jain = sum(shares) ** 2 / (members * sum(share**2 for share in shares))
    return jain, len(rest) / (ended - began)


def wait_errors(farm: Farm, jobs: int = 200) -> list[float]:
    """Give how far off each foretold wait of a mixed load was, as a share of the wait.

    Members of all kinds: some ask for one small picture now and then, some for many large ones at once. They
    go on asking, for some four fifths of what the farm does, until all that counts is done.
    """
    dice, asked = random.Random(1), list[Asked]()
    watcher_stop = threading.Event()

    def watch() -> None:
        while not watcher_stop.is_set():
            farm.look(list(asked))
            time.sleep(_LOOK_SECONDS)

    watcher = threading.Thread(target=watch)
    watcher.start()
    while len(counted := asked[BEFORE : BEFORE + jobs]) < jobs or any(not each.done for each in counted):
        member = f"member {dice.randrange(12)}"
        for _ in range(dice.choice([1, 1, 1, 2, 10])):
            steps, pictures = dice.choice([6, 10, 20]), dice.choice([1, 1, 2, 4])
            asked.append(farm.ask(member, steps, pictures, foretell=True))
        time.sleep(dice.expovariate(1 / _BETWEEN_SECONDS))
    watcher_stop.set()
    watcher.join()
    farm.empty(asked)
    told = [each for each in counted if each.foretold is not None]
    return [abs((each.foretold or 0) - (each.done - each.at)) / (each.done - each.at) for each in told]


def main() -> None:
    """Measure all of it."""
    with (
        tempfile.TemporaryDirectory() as folder,
        EmbeddedRedis(Path(folder) / "redis") as server,
    ):
        place = a_workplace(Path(folder), server.url, seats=SEATS, engine=SharedEngine())
        with serving(place):
            farm = Farm(connect(server.url))
            farm.watch([farm.ask("warm") for _ in range(24)])
            alone = light_wait(farm, 0)
            beside = light_wait(farm, 500)
            with first_come_first_served():
                fifo_jain, fifo_rate = equal_members(farm)
            jain, rate = equal_members(farm)
            errors = sorted(wait_errors(farm))
    print(
        json.dumps(
            {
                "light_wait_alone_s": round(alone, 3),
                "light_wait_beside_s": round(beside, 3),
                "light_wait_ratio": round(beside / alone, 2),
                "jain": round(jain, 4),
                "jain_fifo": round(fifo_jain, 4),
                "jobs_per_second": round(rate, 2),
                "throughput_ratio": round(rate / fifo_rate, 3),
                "wait_error_median": round(statistics.median(errors), 3),
                "wait_error_p95": round(errors[int(0.95 * len(errors))], 3),
            }
        )
    )


if __name__ == "__main__":
    main()
