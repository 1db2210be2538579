"""The engine against other ways to serve, and against the least that the same work can take.

`python -m tests.benchmarks.serving` renders with the pocket checkpoint and prints one JSON object as its last
line, in half a minute; with `--all` it is two, and there is more in it. From 32 different jobs from words,
submitted at once:

- `images_per_second`: pictures a second that the engine renders;
- `over_sequential`: that against diffusers' pipeline as it loads, one job after another;
- `over_sequential_channels_last`: the same against the pipeline with the engine's memory format;
- `over_floor`: against bare UNet passes of the best batch size plus decodes, for the same work;
- `max_batch_influence`: the largest difference of a pixel, 0 to 1, from what the pipeline draws alone.

With `--all`, from what members ask for in chat, from words, from pictures and within masks
(`mix.members_jobs`), against diffusers' pipelines as they load:

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

The contestants take turns within seconds, so that a machine that slows down slows all of them; each ratio of
the first kind is the median over the rounds, of which there is at least one.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import mean, median

import numpy as np
import torch
from PIL import Image

from gpuworker.checkpoints.checkpoint import Checkpoint
from gpuworker.checkpoints.store import CheckpointStore
from gpuworker.engine.engine import Engine
from tests.benchmarks.arrivals import at_once, latencies, merging, one_by_one, play, poisson
from tests.benchmarks.endurance import endure
from tests.benchmarks.floor import Floor
from tests.benchmarks.mix import different_jobs, members_jobs, steps_of
from tests.benchmarks.stock import BATCHES, ServiceTimes, Stock, stock_pipelines
from tests.gpuworker.engine.support import difference

ROUNDS = 20.0
"""Seconds after which no further round begins."""
MEMBERS = 50
CROWD = 32
"""Jobs that come one after another, and those among them that come all at once."""
LOAD = 0.7
"""What the arrivals ask for, as a share of what the engine can do."""


@dataclass
class Round:
    """What one round measured: seconds a picture of each contestant, and the largest difference."""

    own: float
    stock: float
    stock_channels_last: float
    floor: float
    influence: float


def rounds(engine: Engine, pocket: Checkpoint, stock: Stock, stock_channels_last: Stock) -> dict[str, float]:
    """Render the different jobs, again and again until the time is spent."""
    began, longest = time.perf_counter(), 0.0
    done: list[Round] = []
    while not done or time.perf_counter() - began + longest < ROUNDS:
        round_began = time.perf_counter()
        done.append(one_round(len(done), engine, pocket, stock, stock_channels_last))
        longest = max(longest, time.perf_counter() - round_began)
    return {
        "images_per_second": 1 / median(now.own for now in done),
        "over_sequential": median(now.stock / now.own for now in done),
        "over_sequential_channels_last": median(now.stock_channels_last / now.own for now in done),
        "over_floor": median(now.floor / now.own for now in done),
        "max_batch_influence": max(now.influence for now in done),
        "rounds": len(done),
    }


def one_round(number: int, engine: Engine, pocket: Checkpoint, stock: Stock, channels_last: Stock) -> Round:
    """The engine renders all of the different jobs; in its pauses the others have their turn."""
    jobs, floor = different_jobs(), Floor(pocket)
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
    pauses = [pause for job in sample for pause in (partial(render_stock, job), floor.measure)]
    played = play(engine, at_once(jobs), pauses)
    return Round(
        own=max(played.latencies) / len(jobs),
        stock=mean(seconds[stock]),
        stock_channels_last=mean(seconds[channels_last]),
        floor=floor.seconds(jobs) / len(jobs),
        influence=max(difference(played.pictures[job], picture) / 255 for job, picture in drawn.items()),
    )


def members(engine: Engine, stock: Stock) -> dict[str, float]:
    """Serve the members, first a crowd at once to see what the engine can do, then one after another."""
    jobs, times = members_jobs(MEMBERS, seed=0), ServiceTimes(stock)
    crowd, merge = at_once(jobs[:CROWD]), merging(BATCHES[-1])
    measurements = times.measurements()
    served = play(engine, crowd, measurements[::2])
    capacity = served.steps_per_second / mean(map(steps_of, jobs))
    arrivals = poisson(jobs, LOAD * capacity, seed=0)
    own = p95(play(engine, arrivals, measurements[1::2], every=20).latencies)
    return {
        "over_merging": max(latencies(crowd, merge, times.seconds)) / max(served.latencies),
        "p95_over_sequential": own / p95(latencies(arrivals, one_by_one, times.seconds)),
        "p95_over_merging": own / p95(latencies(arrivals, merge, times.seconds)),
    }


def p95(waits: Sequence[float]) -> float:
    """What 19 of 20 stay below."""
    return float(np.quantile(waits, 0.95))


def main() -> None:
    """Measure and print the figures."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.serving")
    parser.add_argument("--all", action="store_true", help="members' waits and a thousand jobs too")
    everything = parser.parse_args().all
    began, threads = time.perf_counter(), torch.get_num_threads()
    checkpoints = CheckpointStore(Path(), "cpu")
    pocket = checkpoints.get("pocket")
    engine = Engine(checkpoints)
    # First of all, while the process is as large as a worker's.
    endured = endure(engine) if everything else None
    stock, channels_last = stock_pipelines(pocket)
    stock.render(different_jobs()[:1])
    figures = rounds(engine, pocket, stock, channels_last)
    if endured is not None:
        figures |= members(engine, stock)
        figures["max_batch_influence"] = max(figures["max_batch_influence"], endured.influence)
        figures["memory_growth"] = endured.memory_growth
    figures |= {"threads": threads, "seconds": time.perf_counter() - began}
    print(json.dumps({name: round(figure, 4) for name, figure in figures.items()}))


if __name__ == "__main__":
    main()
