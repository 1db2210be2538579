"""How often checkpoints are loaded where there is no room for all: `python -m tests.benchmarks.affinity`.

Three checkpoints, two workers with room for one each. Redis, queue, seats, stage, review, blobs, the store of
checkpoints and its loading are real; passes and the reading of weights are played. The same mixed load comes
three times: in the order of this farm (`fair`); in the order in which it came, whoever is free takes the
first (`fifo`); and so with one seat for each worker, as RQ's own workers do it (`rq`). The engine gives each
checkpoint its turn, so `fifo` already spares most of the loads that `rq` makes. The last line is one JSON
object, with the seconds from a wish to its pictures.
"""

from __future__ import annotations

import gc
import json
import random
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import redis
import rq

from moderation.judge import read_lists
from storage.connection import connect
from storage.embedded_redis import EmbeddedRedis
from storage.events import result_key
from storage.fair import FairQueue, Locality
from storage.farm import expected_waits
from storage.jobs import Job
from storage.queue import JobQueue
from storage.share import Share
from tests.conftest import a_job
from tests.gpuworker.fake_farm import a_workplace, serving
from tests.gpuworker.swapping_engine import SlowStore, SwappingEngine

CHECKPOINTS = {"busy": 6, "usual": 3, "rare": 1}
"""How often each is asked for."""
JOBS, BETWEEN_SECONDS, SEATS = 240, 0.4, 8
LOAD_SECONDS, PASS_SECONDS, PICTURE_SECONDS = 2.0, 0.060, 0.016
_MEMBERS = 12
_LOOK_SECONDS = 0.05


@dataclass
class Wish:
    """What a member asks for at a moment, in seconds from the beginning, how long it took and was to take."""

    job: Job
    at: float
    took: float | None = None
    foretold: float | None = None

    @property
    def error(self) -> float:
        """How far off the foretold wait was, as a share of the real one."""
        took = self.took or 0.0
        return abs((self.foretold or 0.0) - took) / max(took, 0.1)


def mixed_load(jobs: int, between: float) -> list[Wish]:
    """Members who ask for one or a few pictures now and then, each time with some checkpoint."""
    dice, at, wishes = random.Random(1), 0.0, list[Wish]()
    while len(wishes) < jobs:
        share = Share(member=f"member {dice.randrange(_MEMBERS)}")
        (name,) = dice.choices(list(CHECKPOINTS), list(CHECKPOINTS.values()))
        several = dice.choice([1, 1, 1, 2, 5])
        for _ in range(several):
            job = a_job(name, steps=dice.choice([10, 20]), pictures=dice.choice([1, 1, 2]))
            wishes.append(Wish(job.model_copy(update={"share": share}), at))
        at += dice.expovariate(1 / (between * several))
    return wishes[:jobs]


@contextmanager
def first_come_first_served() -> Iterator[None]:
    """Let whoever is free take what came first, of all checkpoints, as RQ's own workers do with one queue."""
    take, one_at_a_time = FairQueue.take, threading.Lock()

    def plain(
        self: FairQueue, lanes: Sequence[rq.Queue], locality: Locality, *, express: bool
    ) -> tuple[rq.Queue, bytes] | None:
        with one_at_a_time:
            heads: Any = [(lane.connection.lindex(lane.key, 0), lane) for lane in lanes]
            there = [(_came(lane, head), head, lane) for head, lane in heads if head is not None]
            if express or not there:
                return None
            _, first, lane = min(there, key=lambda each: each[0])
            lane.connection.lmove(lane.key, lane.intermediate_queue_key, "LEFT", "RIGHT")
            return lane, first

    FairQueue.take = plain  # type: ignore[method-assign, assignment]
    try:
        yield
    finally:
        FairQueue.take = take  # type: ignore[method-assign]


def _came(lane: rq.Queue, job_id: bytes) -> float:
    said: Any = lane.connection.get(f"came:{job_id.decode()}")
    return float(said or 0)


def work_off(connection: redis.Redis, wishes: Sequence[Wish]) -> None:
    """Ask for everything at its moment, and note when it is done."""
    queue, began, coming = JobQueue(connection), time.monotonic(), list(wishes)
    while any(wish.took is None for wish in wishes):
        now = time.monotonic() - began
        while coming and coming[0].at <= now:
            wish = coming.pop(0)
            connection.set(f"came:{wish.job.id}", wish.at)
            queue.enqueue(wish.job)
            (wait,) = expected_waits(connection, queue, [wish.job])
            wish.foretold = wait.seconds
        open_wishes = [wish for wish in wishes if wish.took is None and wish.at <= now]
        found: Any = connection.mget([result_key(wish.job.id) for wish in open_wishes] or ["none"])
        for wish, published in zip(open_wishes, found, strict=False):
            wish.took = now - wish.at if published else None
        time.sleep(_LOOK_SECONDS)


def measured(wishes: Sequence[Wish], seats: int = SEATS) -> dict[str, Any]:
    """Give what a farm that has just started loads for these wishes, and how long they take."""
    with tempfile.TemporaryDirectory() as folder, EmbeddedRedis(Path(folder) / "redis") as server:
        stores = [SlowStore(tuple(CHECKPOINTS), 1, LOAD_SECONDS) for _ in range(2)]
        with ExitStack() as farm:
            for store in stores:
                engine = SwappingEngine(store, PASS_SECONDS, PICTURE_SECONDS)
                place = a_workplace(Path(folder), server.url, seats=seats, engine=engine, checkpoints=store)
                farm.enter_context(serving(place, *CHECKPOINTS))
            work_off(connect(server.url), wishes)
    took = {wish.job.id: wish.took or 0.0 for wish in wishes}
    by_name = {
        name: [took[wish.job.id] for wish in wishes if wish.job.checkpoint == name] for name in CHECKPOINTS
    }
    return {
        "loads": sum(len(store.loads) for store in stores),
        "loads_by_checkpoint": dict(Counter(name for store in stores for name in store.loads)),
        "median_s": round(statistics.median(took.values()), 2),
        "p95_s": round(statistics.quantiles(took.values(), n=20)[-1], 2),
        "wait_error_median": round(statistics.median(wish.error for wish in wishes), 2),
        "wait_error_p95": round(statistics.quantiles((wish.error for wish in wishes), n=20)[-1], 2),
        "wait_errors": errors(wishes),
        "longest_s": {name: round(max(waits), 2) for name, waits in by_name.items()},
    }


def errors(wishes: Sequence[Wish]) -> dict[str, float]:
    """Give how far off foretold waits were in the middle, by checkpoint."""
    return {
        name: round(statistics.median(wish.error for wish in wishes if wish.job.checkpoint == name), 2)
        for name in CHECKPOINTS
    }


def main() -> None:
    """Measure all three."""
    read_lists()
    gc.freeze()  # a store looks for garbage whenever it drops a checkpoint
    jobs = int(sys.argv[1]) if len(sys.argv) > 1 else JOBS
    between = float(sys.argv[2]) if len(sys.argv) > 2 else BETWEEN_SECONDS
    made = {"fair": measured(mixed_load(jobs, between))}
    print("fair", json.dumps(made["fair"]), file=sys.stderr, flush=True)
    with first_come_first_served():
        for name, seats in (("fifo", SEATS), ("rq", 1)):
            made[name] = measured(mixed_load(jobs, between), seats)
            print(name, json.dumps(made[name]), file=sys.stderr, flush=True)
    ratios = {
        f"{figure}_over_{other}": round(made["fair"][figure] / made[other][figure], 3)
        for figure in ("loads", "p95_s")
        for other in ("fifo", "rq")
    }
    print(json.dumps({**made, **ratios}))


if __name__ == "__main__":
    main()
