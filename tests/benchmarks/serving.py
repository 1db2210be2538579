"""The engine against other ways to serve, and against the least that the same work can take.

`python -m tests.benchmarks.serving` renders with the pocket checkpoint and prints one JSON object as its last
line. It takes seven minutes on two idle cores; `--quick`, which leaves the rest out, gives the first five
figures in half a minute.

From 32 different jobs from words, submitted at once:

- `images_per_second`: pictures a second that the engine renders;
- `over_sequential`: that against diffusers' pipeline as it loads, one job after another;
- `over_sequential_channels_last`: the same against the pipeline with the engine's memory format;
- `over_floor`: against bare UNet passes of the best batch size plus decodes, for the same work;
- `max_batch_influence`: the largest difference of a pixel, 0 to 1, from what the pipeline draws alone.

From what members ask for in chat, from words, from pictures and within masks (`mix.members_jobs`), against
diffusers' pipelines as they load:

- `over_merging`: pictures a second, all submitted at once, against a server that, whenever it is free, takes
  the first job and with it all of equal settings, as other servers do;
- `p95_over_sequential`, `p95_over_merging`: how long 19 of 20 members wait at most, when the same jobs come
  at random moments (a Poisson process) that ask for 70 % of what the engine can do: against one job after
  another, and against that server.

The engine really renders these; for the pipelines the queue is played with service times, which are measured
in the engine's pauses (`stock.ServiceTimes`).

And from a thousand small jobs in 200 mixes of all that there is, some cancelled and some failing:

- `max_batch_influence`: now also from the same pictures rendered alone;
- `memory_growth`: the share by which the process or its tensors grew after the first hundred.

The contestants take turns within seconds, so that a machine that slows down slows all of them. All of that,
but for the thousand jobs, is done `rounds` times, with other members in each, and each ratio is the median.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from statistics import mean, median
from typing import Any

import numpy as np
import torch
from PIL import Image

from gpuworker.checkpoints.checkpoint import Checkpoint
from gpuworker.checkpoints.store import CheckpointStore
from gpuworker.engine.engine import Engine
from pocket import CHECKPOINT
from tests.benchmarks.arrivals import at_once, latencies, merging, one_by_one, play, poisson
from tests.benchmarks.endurance import endure
from tests.benchmarks.floor import Floor
from tests.benchmarks.mix import different_jobs, members_jobs, steps_of
from tests.benchmarks.stock import BATCHES, ServiceTimes, Stock, stock_pipelines
from tests.gpuworker.engine.support import difference

ROUNDS = 5
MEMBERS = 50
CROWD = 48
"""Jobs that come one after another, and those among them that come all at once."""
LOAD = 0.7
"""What the arrivals ask for, as a share of what the engine can do."""
Figures = dict[str, float]


def serve(engine: Engine, checkpoint: Checkpoint, folder: Path, quick: bool = False) -> Figures:
    """Measure what the engine does with a checkpoint of its own, which lies in a folder."""
    # First of all, while the process is as large as a worker's.
    endured = None if quick else endure(engine, checkpoint)
    stock, channels_last = stock_pipelines(checkpoint, folder)
    stock.render(different_jobs(checkpoint)[:1])
    rounds = []
    for number in range(1 if quick else ROUNDS):
        rounds.append(different(number, engine, stock, channels_last))
        if not quick:
            rounds[-1] |= members(number, engine, stock)
    figures = {name: median(each[name] for each in rounds) for name in rounds[0]}
    influence = [each["max_batch_influence"] for each in rounds]
    if endured is not None:
        influence.append(endured.influence)
        figures["memory_growth"] = endured.memory_growth
    return figures | {"max_batch_influence": max(influence), "rounds": len(rounds)}


def different(number: int, engine: Engine, stock: Stock, channels_last: Stock) -> Figures:
    """The engine renders all of the different jobs; in its pauses the others have their turn."""
    jobs, floor = different_jobs(stock.checkpoint), Floor(stock.checkpoint)
    seconds: dict[Stock, list[float]] = {stock: [], channels_last: []}
    drawn: dict[int, Image.Image] = {}

    def render_stock(job: int) -> None:
        (drawn[job],), took = stock.render([jobs[job]])
        seconds[stock].append(took)
        # For the second opinion two jobs are enough, which have the mean of the step counts between them.
        if jobs[job].steps in (15, 25):
            seconds[channels_last].append(channels_last.render([jobs[job]])[1])

    # Five jobs in a row have all five step counts. They are the same share of work as all 32, so that the
    # pipeline need not render 32 in every round.
    sample = [(5 * number + i) % len(jobs) for i in range(5)]
    pauses = [pause for job in sample for pause in (floor.measure, partial(render_stock, job), floor.measure)]
    played = play(engine, at_once(jobs), pauses)
    own = max(played.latencies) / len(jobs)
    return {
        "images_per_second": 1 / own,
        "over_sequential": mean(seconds[stock]) / own,
        "over_sequential_channels_last": mean(seconds[channels_last]) / own,
        "over_floor": floor.seconds(jobs) / len(jobs) / own,
        "max_batch_influence": max(difference(played.pictures[job], drawn[job]) / 255 for job in drawn),
    }


def members(seed: int, engine: Engine, stock: Stock) -> Figures:
    """Serve the members, first a crowd at once to see what the engine can do, then one after another."""
    jobs, times = members_jobs(stock.checkpoint, MEMBERS, seed), ServiceTimes(stock)
    crowd, merge = at_once(jobs[:CROWD]), merging(BATCHES[-1])
    measurements = times.measurements()
    served = play(engine, crowd, measurements[::2])
    capacity = served.steps_per_second / mean(map(steps_of, jobs))
    arrivals = poisson(jobs, LOAD * capacity, seed)
    own = p95(play(engine, arrivals, measurements[1::2], every=20).latencies)
    return {
        "over_merging": max(latencies(crowd, merge, times.seconds)) / max(served.latencies),
        "p95_over_sequential": own / p95(latencies(arrivals, one_by_one, times.seconds)),
        "p95_over_merging": own / p95(latencies(arrivals, merge, times.seconds)),
    }


def p95(waits: Sequence[float]) -> float:
    """What 19 of 20 stay below."""
    return float(np.quantile(waits, 0.95))


def rounded(figures: Any) -> Any:
    """All numbers in a JSON object to four digits."""
    if isinstance(figures, dict):
        return {name: rounded(each) for name, each in figures.items()}
    return round(figures, 4) if isinstance(figures, float) else figures


def main() -> None:
    """Measure and print the figures."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.serving",
        description="How well the engine serves, as one JSON object: seven minutes on two idle cores.",
    )
    parser.add_argument(
        "--quick",
        action="store_true",
        help="one round of 32 jobs alone, without members' waits and a thousand jobs: half a minute",
    )
    quick = parser.parse_args().quick
    began, threads = time.perf_counter(), torch.get_num_threads()
    checkpoints = CheckpointStore(Path(), "cpu")
    figures = serve(Engine(checkpoints), checkpoints.get("pocket"), CHECKPOINT, quick)
    figures |= {"threads": threads, "seconds": time.perf_counter() - began}
    print(json.dumps(rounded(figures)))


if __name__ == "__main__":
    main()
