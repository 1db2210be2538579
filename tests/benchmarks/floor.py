"""The least that the work of some requests can take: bare passes of the best batch sizes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from statistics import mean

import torch
from torch import Tensor

from gpuworker.checkpoints.checkpoint import Checkpoint
from gpuworker.engine.cores import share_out
from gpuworker.engine.request import Request
from tests.benchmarks.clock import now

ROWS = (32, 48)
DECODES = (1, 4)
"""Batch sizes among which the best is taken: rows of a UNet pass, pictures of a decode."""


class Floor:
    """Passes of a checkpoint's UNet and decodes without anything around them, and their seconds."""

    def __init__(self, checkpoint: Checkpoint) -> None:
        self._checkpoint = checkpoint
        self._model = checkpoint.model
        self._steps: dict[int, list[float]] = defaultdict(list)
        self._decodes: dict[int, list[float]] = defaultdict(list)

    @torch.inference_mode()
    def measure(self) -> None:
        """Take the time of one pass of each size that fits the memory."""
        for rows in ROWS:
            with suppress(torch.OutOfMemoryError):
                self._steps[rows].append(self._seconds_of_step(rows))
        for pictures in DECODES:
            with suppress(torch.OutOfMemoryError):
                self._decodes[pictures].append(self._seconds_of_decode(pictures))

    def seconds(self, requests: Sequence[Request]) -> float:
        """The least for requests from words with guidance, all of them together."""
        step = min(mean(seconds) for seconds in self._steps.values() if seconds)
        decode = min(mean(seconds) for seconds in self._decodes.values() if seconds)
        return step * sum(request.steps for request in requests) + decode * len(requests)

    def _seconds_of_step(self, rows: int) -> float:
        """For one guided picture's step, two rows, in a pass of `rows`."""
        called = inputs(self._checkpoint, rows)
        share_out(called[0])
        began = now()
        self._model.denoise(*called)
        return 2 * (now() - began) / rows

    def _seconds_of_decode(self, pictures: int) -> float:
        """For one picture, in a pass of `pictures`."""
        latents, *_ = inputs(self._checkpoint, pictures)
        share_out(latents)
        began = now()
        self._model.decode(latents)
        return (now() - began) / pictures


def inputs(checkpoint: Checkpoint, rows: int) -> list[Tensor]:
    """What the model denoises in a pass of so many rows: latents of noise, timesteps, and conditions."""
    model = checkpoint.model
    side = model.side // model.pixels_per_latent
    latents = torch.randn(rows, model.latent_channels, side, side).to(checkpoint.device, checkpoint.dtype)
    timesteps = torch.full((rows,), 500.0, device=checkpoint.device)
    said = (*checkpoint.encode_prompt(((),)), *model.added_conditioning(model.side, model.side, 4.0))
    return [latents, timesteps, *(each.expand(rows, *each.shape[1:]).contiguous() for each in said)]
