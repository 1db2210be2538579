"""The engine against the stock pipeline, and against the least that the same work can take.

`python -m tests.benchmarks.serving` renders 32 jobs of mixed samplers and 10 to 30 steps with the pocket
checkpoint and prints one JSON object as its last line:

- `images_per_second`: pictures a second that the engine renders;
- `over_sequential`: that against diffusers' pipeline as it loads, one job after another;
- `over_sequential_channels_last`: the same against the pipeline with the engine's memory format;
- `over_floor`: against bare UNet passes of the best batch size plus decodes, for the same work;
- `max_batch_influence`: the largest difference of a pixel, 0 to 1, from what the pipeline draws alone.

The contestants take turns within seconds, so that a machine that slows down slows all of them; each ratio is
the median over the rounds, of which there is at least one.
"""

from __future__ import annotations

import json
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from statistics import mean, median
from typing import Any

import numpy as np
import torch
from diffusers import StableDiffusionPipeline
from PIL import Image

from gpuworker.checkpoints.checkpoint import Checkpoint
from gpuworker.checkpoints.store import CheckpointStore
from gpuworker.engine.engine import Engine
from gpuworker.engine.request import Request
from gpuworker.engine.samplers import new_scheduler
from gpuworker.pocket import CHECKPOINT
from storage.jobs import Noise, Sampler

BUDGET = 36.0
"""Seconds after which no further round begins."""
SIDE = 128
FLOOR_ROWS = (32, 48)
FLOOR_DECODES = (1, 4)
"""Batch sizes among which the floor takes the best: rows of a UNet pass, pictures of a decode."""
COLOURS = ("red", "blue", "green", "yellow")
KINDS = ("house", "tree", "boat", "circle")


def jobs() -> list[Request]:
    """32 jobs: every sampler, 10, 15, 20, 25 or 30 steps, prompts and guidance of all sorts."""
    return [
        Request(
            checkpoint="pocket",
            prompt=f"a {COLOURS[i % 4]} {KINDS[i // 4 % 4]}",
            negative_prompt="",
            width=SIDE,
            height=SIDE,
            steps=10 + 5 * (3 * i % 5),
            sampler=list(Sampler)[i % len(Sampler)],
            guidance_scale=3.0 + i % 3,
            noise=Noise(seed=i),
        )
        for i in range(32)
    ]


def stock_pipelines(pocket: Checkpoint) -> list[StableDiffusionPipeline]:
    """Diffusers' pipeline with the pocket checkpoint as it loads, and with the engine's networks."""
    loaded = StableDiffusionPipeline.from_pretrained(CHECKPOINT, dtype=torch.float32, use_safetensors=True)
    networks = {"unet": pocket.model.networks["unet"], "vae": pocket.model.networks["vae"]}
    with_networks = StableDiffusionPipeline(
        **{**loaded.components, **networks}, requires_safety_checker=False
    )
    for pipeline in (loaded, with_networks):
        pipeline.set_progress_bar_config(disable=True)
    return [loaded, with_networks]


def render_stock(
    pipeline: StableDiffusionPipeline, config: Mapping[str, Any], request: Request
) -> tuple[Image.Image, float]:
    """The picture of one job, and its seconds. Choosing the scheduler is left out of them."""
    pipeline.scheduler = new_scheduler(request.sampler, config, request.steps)
    began = time.perf_counter()
    picture = pipeline(
        request.prompt,
        negative_prompt=request.negative_prompt,
        width=request.width,
        height=request.height,
        num_inference_steps=request.steps,
        guidance_scale=request.guidance_scale,
        generator=torch.Generator().manual_seed(request.noise.seed),
    ).images[0]
    return picture, time.perf_counter() - began


def render_together(
    engine: Engine, requests: Sequence[Request], pauses: Iterable[Callable[[], None]] = ()
) -> tuple[list[Image.Image], float]:
    """The pictures of jobs submitted at once, and the engine's seconds.

    Its steps are made by hand, and after every fourth one comes a pause, whose time is not counted.
    """
    began = time.perf_counter()
    futures = [engine.submit(request) for request in requests]
    pauses, paused, step = iter(pauses), 0.0, 0
    while engine.step():
        step += 1
        if step % 4 == 0:
            pause_began = time.perf_counter()
            next(pauses, lambda: None)()
            paused += time.perf_counter() - pause_began
    seconds = time.perf_counter() - began - paused
    for pause in pauses:
        pause()
    return [future.result(0) for future in futures], seconds


def _latents(checkpoint: Checkpoint, rows: int) -> torch.Tensor:
    side = SIDE // checkpoint.model.pixels_per_latent
    return torch.randn(rows, checkpoint.model.latent_channels, side, side)


@torch.inference_mode()
def seconds_of_step(checkpoint: Checkpoint, rows: int) -> float:
    """Seconds of a guided picture's step, two rows, in a bare forward pass of `rows`."""
    latents = _latents(checkpoint, rows)
    prompts = torch.randn(rows, 77, checkpoint.model.networks["unet"].config.cross_attention_dim)
    timesteps = torch.full((rows,), 500.0)
    began = time.perf_counter()
    checkpoint.model.networks["unet"](latents, timesteps, prompts, return_dict=False)
    return 2 * (time.perf_counter() - began) / rows


@torch.inference_mode()
def seconds_of_decode(checkpoint: Checkpoint, pictures: int) -> float:
    """Seconds to decode a picture, in a bare pass of `pictures`."""
    latents = _latents(checkpoint, pictures)
    began = time.perf_counter()
    checkpoint.model.networks["vae"].decode(latents, return_dict=False)
    return (time.perf_counter() - began) / pictures


def difference(a: Image.Image, b: Image.Image) -> float:
    """The largest difference of a pixel, 0 to 1."""
    return float(np.abs(np.asarray(a).astype(int) - np.asarray(b).astype(int)).max() / 255)


@dataclass
class Round:
    """What one round measured: seconds of each contestant, what the pipeline drew, and the difference."""

    together: float = 0.0
    stock: list[float] = field(default_factory=list)
    stock_channels_last: list[float] = field(default_factory=list)
    steps: dict[int, list[float]] = field(default_factory=lambda: defaultdict(list))
    decodes: dict[int, list[float]] = field(default_factory=lambda: defaultdict(list))
    pictures: dict[int, Image.Image] = field(default_factory=dict)
    influence: float = 0.0

    def floor(self, requests: Sequence[Request]) -> float:
        """Seconds of the least that the work of `requests` takes, at the best batch sizes."""
        step = min(mean(seconds) for seconds in self.steps.values())
        decode = min(mean(seconds) for seconds in self.decodes.values())
        return step * sum(request.steps for request in requests) + decode * len(requests)


def main() -> None:
    """Run rounds until the time is spent and print the figures."""
    began = time.perf_counter()
    requests = jobs()
    checkpoints = CheckpointStore(Path(), "cpu")
    pocket = checkpoints.get("pocket")
    pipelines = stock_pipelines(pocket)
    engine = Engine(checkpoints)
    rounds: list[Round] = []

    def measure_floor(now: Round) -> None:
        for rows in FLOOR_ROWS:
            now.steps[rows].append(seconds_of_step(pocket, rows))
        for count in FLOOR_DECODES:
            now.decodes[count].append(seconds_of_decode(pocket, count))

    def measure_stock(now: Round, job: int) -> None:
        now.pictures[job], took = render_stock(pipelines[0], pocket.scheduler_config, requests[job])
        now.stock.append(took)
        # For the second opinion two jobs are enough, which have the mean of the step counts between them.
        if requests[job].steps in (15, 25):
            _, took = render_stock(pipelines[1], pocket.scheduler_config, requests[job])
            now.stock_channels_last.append(took)

    measure_floor(Round())
    measure_stock(Round(), 0)
    render_together(engine, requests[:1])
    longest = 0.0
    while not rounds or time.perf_counter() - began + longest < BUDGET:
        round_began = time.perf_counter()
        now = Round()
        # Five jobs in a row have all five step counts. They are the same share of work as all 32, so that
        # the pipeline need not render 32 in every round.
        sample = [(5 * len(rounds) + i) % len(requests) for i in range(5)]
        pauses: list[Callable[[], None]] = []
        for job in sample:
            pauses += [partial(measure_stock, now, job), partial(measure_floor, now)]
        rendered, now.together = render_together(engine, requests, pauses)
        now.influence = max(difference(rendered[job], picture) for job, picture in now.pictures.items())
        rounds.append(now)
        longest = max(longest, time.perf_counter() - round_began)
    picture = [now.together / len(requests) for now in rounds]
    figures = {
        "images_per_second": 1 / median(picture),
        "over_sequential": median(mean(now.stock) / own for now, own in zip(rounds, picture, strict=True)),
        "over_sequential_channels_last": median(
            mean(now.stock_channels_last) / own for now, own in zip(rounds, picture, strict=True)
        ),
        "over_floor": median(now.floor(requests) / now.together for now in rounds),
        "max_batch_influence": max(now.influence for now in rounds),
        "rounds": len(rounds),
        "threads": torch.get_num_threads(),
        "seconds": time.perf_counter() - began,
    }
    print(json.dumps({name: round(figure, 4) for name, figure in figures.items()}))


if __name__ == "__main__":
    main()
