"""diffusers' own pipelines: what they draw, and how long they take."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from diffusers import (
    AutoPipelineForImage2Image,
    AutoPipelineForInpainting,
    AutoPipelineForText2Image,
    DiffusionPipeline,
)
from PIL import Image

from gpuworker.checkpoints.checkpoint import Checkpoint
from gpuworker.engine.cores import share_out
from gpuworker.engine.request import Request
from gpuworker.engine.samplers import new_scheduler
from storage.noise import Noise
from storage.samplers import Sampler
from tests.benchmarks.clock import now
from tests.benchmarks.mix import Kind, a_start, kind_of, steps_of

_PIPELINES = {
    Kind.TEXT: AutoPipelineForText2Image,
    Kind.PICTURE: AutoPipelineForImage2Image,
    Kind.MASK: AutoPipelineForInpainting,
}
BATCHES = (1, 3, 8)
"""Sizes of the batches whose time is taken."""
FEW, MANY = 1, 9
"""Steps of them: from the two follows what a step takes, and what comes before and after all steps."""


class Stock:
    """A pipeline for each kind of request, over one set of networks."""

    def __init__(self, loaded: DiffusionPipeline, checkpoint: Checkpoint, **networks: Any) -> None:
        """The networks are those that were `loaded`, but for those that are given."""
        self.checkpoint = checkpoint
        self._pipelines = {
            kind: pipeline.from_pipe(loaded, **networks) for kind, pipeline in _PIPELINES.items()
        }
        for pipeline in self._pipelines.values():
            pipeline.set_progress_bar_config(disable=True)

    def render(self, requests: Sequence[Request]) -> tuple[list[Image.Image], float]:
        """The pictures of requests of equal settings, made in one batch, and its seconds.

        Choosing the scheduler is left out of them. On a CPU the pipelines get as many cores as the engine
        would take: on all of them, which is torch's way, a single picture takes longer.
        """
        first = requests[0]
        kind = kind_of(first)
        pipeline = self._pipelines[kind]
        pipeline.scheduler = new_scheduler(first.sampler, self.checkpoint.scheduler_config, first.steps)
        started: dict[str, Any] = {}
        if kind is not Kind.PICTURE:
            started |= {"width": first.width, "height": first.height}
        if first.start is not None:
            starts = [request.start for request in requests if request.start is not None]
            started |= {"image": [start.picture for start in starts], "strength": first.start.strength}
        if kind is Kind.MASK:
            started["mask_image"] = [start.mask for start in starts]
        side = self.checkpoint.model.pixels_per_latent
        share_out(torch.empty(2 * len(requests), 1, first.height // side, first.width // side))
        began = now()
        pictures = pipeline(
            [request.prompt for request in requests],
            # None is what XL's zeros for an empty prompt are reserved for.
            negative_prompt=[request.negative_prompt for request in requests]
            if any(request.negative_prompt for request in requests)
            else None,
            num_inference_steps=first.steps,
            guidance_scale=first.guidance_scale,
            generator=[torch.Generator().manual_seed(request.noise.seed) for request in requests],
            **started,
        ).images
        return pictures, now() - began


def stock_pipelines(checkpoint: Checkpoint, folder: Path) -> tuple[Stock, Stock]:
    """The checkpoint in a folder as diffusers loads it, and with the engine's networks."""
    loaded = DiffusionPipeline.from_pretrained(folder, dtype=checkpoint.dtype, use_safetensors=True)
    loaded.to(checkpoint.device)
    networks = checkpoint.model.networks
    return Stock(loaded, checkpoint), Stock(loaded, checkpoint, unet=networks["unet"], vae=networks["vae"])


class ServiceTimes:
    """How long the stock pipelines take for batches of every kind, size and number of steps.

    Rendering whole queues with them would take minutes. A step takes the same, the first or the last and
    whatever the picture was made from; so a few short batches tell the rest.
    """

    def __init__(self, stock: Stock) -> None:
        self._stock = stock
        self._measured: dict[tuple[Kind, int, int], float] = {}

    def measurements(self) -> list[Callable[[], None]]:
        """What to call, at one's leisure, before asking for `seconds`."""
        short = [(kind, size, FEW) for size in BATCHES for kind in Kind]
        long = [(Kind.TEXT, size, MANY) for size in BATCHES]
        return [partial(self._measure, *batch) for batch in short + long]

    def seconds(self, requests: Sequence[Request]) -> float:
        """Of one batch of requests of equal settings, of the largest measured size at most."""
        kind, steps = kind_of(requests[0]), steps_of(requests[0])
        return float(np.interp(len(requests), BATCHES, [self._of(kind, size, steps) for size in BATCHES]))

    def _measure(self, kind: Kind, size: int, steps: int) -> None:
        _, took = self._stock.render([self._sample(kind, steps, seed) for seed in range(size)])
        self._measured[kind, size, steps] = took

    def _of(self, kind: Kind, size: int, steps: int) -> float:
        many, few = self._measured[Kind.TEXT, size, MANY], self._measured[Kind.TEXT, size, FEW]
        return self._measured[kind, size, FEW] + (steps - FEW) * (many - few) / (MANY - FEW)

    def _sample(self, kind: Kind, steps: int, seed: int) -> Request:
        checkpoint = self._stock.checkpoint
        return Request(
            checkpoint=checkpoint.name,
            prompt="a red boat",
            negative_prompt="",
            width=checkpoint.model.side,
            height=checkpoint.model.side,
            steps=steps,
            sampler=Sampler.DPMPP_2M_KARRAS,
            guidance_scale=4.0,
            noise=Noise(seed=seed),
            start=a_start(kind, 1.0, checkpoint.model.side),
        )
