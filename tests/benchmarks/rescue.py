"""How long jobs of a killed worker wait until they run elsewhere: `python -m tests.benchmarks.rescue`.

Real seats, queue and Redis; only the engine is played, jobs take 1 to 3 s. `--kills 20` times one of
`--workers 3`, whose seats are busy by `--busy 0.6`, is killed at a random moment and started again. The last
line is one JSON object: `jobs` that ran when their worker was killed, and the seconds until they were begun
elsewhere, `median_s`, `p95_s` and `most_s`.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from storage.connection import connect
from storage.events import BOT_RESULTS
from storage.farm import workers
from storage.queue import JobQueue
from tests.chaos.history import Event, read_events
from tests.chaos.parts import Part, redis_part, running, worker_part
from tests.conftest import a_job
from tests.gpuworker.fake_farm import STEP_SECONDS, until
from tests.storage.redis_servers import free_port

SEATS = 8
FEWEST_STEPS, MOST_STEPS = 50, 150
APART = (14.0, 20.0)
"""Seconds between two kills: what one left is done before the next comes."""


def main() -> None:
    """Kill, and print what became of it."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--kills", type=int, default=20)
    options.add_argument("--workers", type=int, default=3)
    options.add_argument("--busy", type=float, default=0.6)
    options.add_argument("--seed", type=int, default=1)
    given = options.parse_args()
    home = Path(tempfile.mkdtemp(prefix="darkroom-rescue-"))
    print(f"the logs are in {home}", file=sys.stderr)
    killed = kill(home, given.kills, given.workers, given.busy, random.Random(given.seed))
    events = read_events(home.glob("*.history"))
    waits = [wait for at, who in killed for wait in waits_after(at, who, events)]
    p95 = statistics.quantiles(waits, n=20)[-1]
    figures = {"median_s": statistics.median(waits), "p95_s": p95, "most_s": max(waits)}
    counted = {"kills": len(killed), "jobs": len(waits)}
    print(json.dumps(counted | {name: round(value, 1) for name, value in figures.items()}))


def kill(home: Path, kills: int, count: int, busy: float, chance: random.Random) -> list[tuple[float, str]]:
    """Keep the farm busy and kill its workers; gives when which one was killed."""
    port, killed = free_port(), list[tuple[float, str]]()
    parts = {"redis": redis_part(home, port)}
    with running(parts):
        client = connect(f"redis://localhost:{port}/0", patience=20)
        queue, asked = JobQueue(client), 0
        for number in range(count):
            parts[f"worker {number}"] = worker_part(number, home, port, 0)
        until(lambda: len(workers(client)) == count, 300)
        next_kill, revival = time.monotonic() + chance.uniform(*APART), dict[str, float]()
        job_seconds = (FEWEST_STEPS + MOST_STEPS) / 2 * STEP_SECONDS
        while len(killed) < kills or time.monotonic() < next_kill or revival:
            job = a_job(steps=chance.randint(FEWEST_STEPS, MOST_STEPS), reply_to=BOT_RESULTS)
            queue.enqueue(job)
            asked += 1
            time.sleep(chance.expovariate(busy * count * SEATS / job_seconds))
            all_there = not revival and len(workers(client)) == count
            if len(killed) < kills and time.monotonic() > next_kill and all_there:
                killed.append(_kill(parts[name := f"worker {chance.randrange(count)}"]))
                revival[name] = time.monotonic() + 3
                next_kill = time.monotonic() + chance.uniform(*APART)
            for name in [name for name, at in revival.items() if time.monotonic() > at]:
                parts[name].start()
                del revival[name]
        until(lambda: client.xlen(BOT_RESULTS) == asked, 300)
    return killed


def _kill(part: Part) -> tuple[float, str]:
    part.kill()
    return time.time(), part.who


def waits_after(at: float, who: str, events: Iterable[Event]) -> list[float]:
    """Give the seconds from the kill of `who` until each of its jobs was begun again."""
    of_jobs = defaultdict[str, list[Event]](list)
    for event in events:
        of_jobs[event.job].append(event)
    waits = []
    for of_job in of_jobs.values():
        before = [event for event in of_job if event.at <= at]
        if before and before[-1].what == "began" and before[-1].who == who:
            waits.append(next(event.at for event in of_job if event.at > at and event.what == "began") - at)
    return waits


if __name__ == "__main__":
    main()
