"""How long `/imagine` takes while upscales and describes run beside it: `python -m tests.benchmarks.turns`.

Three seats of a worker make pictures of 20 steps, one job after another, two make pictures larger and two
describe some, all without a pause, as a busy evening has it. The engine, the pocket models and the stages are
real; there is no queue and no Discord. What the last five seats compute is done in three ways, which take
turns in each round, so that a machine that slows down slows all of them:

- in turn, between the engine's steps, as workers do it (`Engine.run_each`);
- beside the engine, each in its own seat's thread, which share the cores as the operating system sees fit;
- not at all: the pictures have the device for themselves.

The last line is one JSON object:

- `p95_over_beside`, `median_over_beside`: how long a picture takes in turn, against beside;
- `p95_over_alone`: the same against pictures that have the device for themselves;
- `upscales_over_beside`, `describes_over_beside`: jobs a second in turn, against beside.
"""

from __future__ import annotations

import io
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from pathlib import Path
from statistics import median

from gpuworker.checkpoints.store import CheckpointStore
from gpuworker.engine.engine import Engine
from gpuworker.models.lazy import lazy_upscaler
from gpuworker.models.on_device import AT_ONCE
from gpuworker.models.words import Words
from gpuworker.stages.bench import Bench
from gpuworker.stages.describe import describe
from gpuworker.stages.imagine import imagine
from gpuworker.stages.upscale import upscale
from moderation.pictures import load_detector
from storage.jobs import Describe, Job, Upscale
from storage.settings import Settings
from tests.benchmarks.mix import a_picture
from tests.benchmarks.rounds import print_rounds
from tests.benchmarks.serving import p95
from tests.conftest import a_job
from tests.gpuworker.fake_farm import bench_of

ROUNDS = 6
SECONDS = 10.0
"""Of each way in each round."""
IMAGINES, UPSCALES, DESCRIBES = 3, 2, 2
"""Seats for each."""
STEPS = 20
LARGE, SMALL = 512, 128
"""Sides of the pictures that are made larger, in nine tiles, and described."""


class Way(StrEnum):
    """How other work gets to the device."""

    IN_TURN = "in turn"
    BESIDE = "beside"
    ALONE = "alone"


@dataclass
class Seen:
    """The seconds that jobs of each kind took, and how long all were watched."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    watched: float = 0.0

    def per_second(self, kind: str) -> float:
        """How many jobs of a kind were done."""
        return len(self.seconds[kind]) / self.watched


def measure(home: Path, rounds: int = ROUNDS, seconds: float = SECONDS) -> dict[str, float]:
    """Give the figures."""
    store, seen = CheckpointStore(Path(), "cpu"), {way: Seen() for way in Way}
    with Engine(store) as engine:
        benches = {way: _bench(home, store, engine, way) for way in Way}
        for bench in benches.values():  # everything is loaded and has run once
            for job in (_upscale(bench), _describe(bench)):
                _done(job, bench)
            imagine(a_job(steps=1), bench)
        for _ in range(rounds):
            for way, bench in benches.items():
                _watch(bench, way, seconds, seen[way])
    return _figures(seen)


def _figures(seen: dict[Way, Seen]) -> dict[str, float]:
    waits = {way: seen[way].seconds["imagine"] for way in Way}
    mine, beside = seen[Way.IN_TURN], seen[Way.BESIDE]
    return {
        "p95_over_beside": p95(waits[Way.IN_TURN]) / p95(waits[Way.BESIDE]),
        "median_over_beside": median(waits[Way.IN_TURN]) / median(waits[Way.BESIDE]),
        "p95_over_alone": p95(waits[Way.IN_TURN]) / p95(waits[Way.ALONE]),
        "upscales_over_beside": mine.per_second("upscale") / beside.per_second("upscale"),
        "describes_over_beside": mine.per_second("describe") / beside.per_second("describe"),
        "pictures": float(len(waits[Way.IN_TURN])),
    }


def _bench(home: Path, store: CheckpointStore, engine: Engine, way: Way) -> Bench:
    settings, on_device = Settings(home=home), engine if way is Way.IN_TURN else AT_ONCE
    return bench_of(
        home,
        engine=engine,
        checkpoints=store,
        detector=load_detector(),
        upscaler=lazy_upscaler(settings, "cpu", on_device),
        words=Words(settings, "cpu", on_device),
        tell=lambda progress: None,
    )


def _upscale(bench: Bench) -> Job:
    task = Upscale(image=_png(bench, LARGE), factor=2, prompt="a red boat over the sea")
    return Job(checkpoint="pocket", reply_to="darkroom:results:here", task=task)


def _describe(bench: Bench) -> Job:
    task = Describe(image=_png(bench, SMALL))
    return Job(checkpoint="pocket", reply_to="darkroom:results:here", task=task)


def _png(bench: Bench, side: int) -> str:
    file = io.BytesIO()
    a_picture(side).save(file, "PNG")
    return bench.blobs.put(file.getvalue())


def _done(job: Job, bench: Bench) -> None:
    stages: dict[str, Callable[[Job, Bench], object]] = {
        "imagine": imagine,
        "upscale": upscale,
        "describe": describe,
    }
    stages[job.task.kind](job, bench)


def _watch(bench: Bench, way: Way, seconds: float, seen: Seen) -> None:
    """Have all seats do one job after another for so long, and note how long each takes."""
    jobs = [partial(a_job, steps=STEPS)] * IMAGINES
    if way is not Way.ALONE:
        jobs += [partial(_upscale, bench)] * UPSCALES + [partial(_describe, bench)] * DESCRIBES
    over = threading.Event()

    def sit(new_job: Callable[[], Job]) -> None:
        while not over.is_set():
            job, began = new_job(), time.perf_counter()
            _done(job, bench)
            seen.seconds[job.task.kind].append(time.perf_counter() - began)

    began = time.perf_counter()
    with ThreadPoolExecutor(len(jobs)) as seats:
        sitting = [seats.submit(sit, job) for job in jobs]
        over.wait(seconds)
        over.set()
    seen.watched += time.perf_counter() - began
    for each in sitting:
        each.result()


def main() -> None:
    """Measure and print."""
    about = "How long pictures take while other work wants the device, as one JSON object."
    print_rounds("turns", about, measure, ROUNDS, SECONDS)


if __name__ == "__main__":
    main()
