"""A thousand jobs in 200 mixes: what batch mates do to each other, and what stays behind in memory."""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from random import Random
from typing import Any

from PIL import Image

from gpuworker.checkpoints.checkpoint import Checkpoint
from gpuworker.engine.engine import Engine
from gpuworker.engine.errors import RenderError
from gpuworker.engine.request import Request, StepDone
from storage.noise import Noise
from storage.samplers import Sampler
from tests.benchmarks.memory import Memory, growth
from tests.benchmarks.mix import COLOURS, THINGS, Kind, a_start
from tests.gpuworker.engine.support import difference

MIXES = 200
MATES = 5
"""Jobs in a mix. The last one is cancelled or fails."""
DIFFERENT = 60
"""Jobs to draw the others from. The last one brings a new prompt, until the oldest are forgotten."""
LOOKS = (100, 400, 700, 1000)
"""Jobs after which the memory is measured. At the first look it should have all that it needs."""
CELLS = (8, 12)
"""Latents along a side of the first half of the jobs, and of the second."""


@dataclass(frozen=True)
class Endured:
    """`influence` is the largest difference of a pixel, 0 to 1, between a job in a mix and the same alone.

    `memory_growth` is by how much, as a share, the process or its tensors were ever larger than after the
    first 100 jobs.
    """

    influence: float
    memory_growth: float


def endure(engine: Engine, checkpoint: Checkpoint) -> Endured:
    """Render the mixes one after another with an engine that is stepped by hand."""
    random = Random(0)
    jobs = [_short_job(checkpoint, random, i) for i in range(DIFFERENT)]
    alone = [_render(engine, [job], random)[0].result() for job in jobs]
    of_both = range(DIFFERENT)
    of_one_size, of_the_other = of_both[: DIFFERENT // 2], of_both[DIFFERENT // 2 :]
    influence, memory = 0.0, []
    for i in range(MIXES):
        chosen = random.sample(random.choice((of_one_size, of_the_other, of_both)), MATES)
        *mates, last = (jobs[job] for job in chosen)
        futures = _render(engine, [*mates, _ruined(last, i)], random, cancels=i % 4 == 0)
        for job, future in zip(chosen[:-1], futures[:-1], strict=True):
            influence = max(influence, difference(future.result(), alone[job]) / 255)
        assert futures[-1].cancelled() or futures[-1].exception()
        if (i + 1) * MATES in LOOKS:
            memory.append(Memory.now())
    return Endured(influence, growth(memory))


def _short_job(checkpoint: Checkpoint, random: Random, seed: int) -> Request:
    """Up to two steps of anything, small."""
    side = CELLS[2 * seed // DIFFERENT] * checkpoint.model.pixels_per_latent
    (more,) = random.choices(("", " in the (snow:1.3)", " AND the sea:0.5", " BREAK snow"), (6, 2, 2, 1))
    start = a_start(random.choice(list(Kind)), random.choice((0.4, 0.7, 1.0)), side)
    if start is not None and start.mask is None and random.random() < 0.5:
        start = replace(start, shows="a red boat over the sea")
    return Request(
        checkpoint=checkpoint.name,
        prompt=f"a {random.choice(COLOURS)} {random.choice(THINGS)} {seed}{more}",
        negative_prompt=random.choice(("", "a tree")),
        width=side,
        height=side,
        steps=random.randint(1, 2),
        sampler=random.choice(list(Sampler)),
        guidance_scale=random.choice((1.0, 3.0, 7.0)),
        noise=Noise(seed=seed),
        start=start,
    )


def _ruined(job: Request, i: int) -> Request:
    """A job too long to be done before it is cancelled, too late, of no possible size, or failing midway."""
    changes: tuple[dict[str, Any], ...]
    changes = ({"steps": 9}, {"deadline": time.monotonic()}, {"width": job.width + 1}, {"on_step": _fail})
    return replace(job, prompt=f"{job.prompt} {i}", **changes[i % len(changes)])


def _fail(_: StepDone) -> None:
    raise RenderError("This picture was to fail.")


def _render(
    engine: Engine, requests: Sequence[Request], random: Random, cancels: bool = False
) -> list[Future[Image.Image]]:
    """Settled futures of requests that join at one step or the next, the last one cancelled on its way."""
    futures = []
    for request in requests:
        futures.append(engine.submit(request))
        if random.random() < 0.2:
            engine.step()
    if cancels:
        futures[-1].cancel()
    while engine.step():
        pass
    return futures
