"""The least that the work of some requests can take: bare passes of the best batch sizes."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Sequence
from statistics import mean

import torch

from gpuworker.checkpoints.checkpoint import Checkpoint
from gpuworker.engine.cores import share_out
from gpuworker.engine.request import Request
from tests.benchmarks.mix import SIDE

ROWS = (32, 48)
DECODES = (1, 4)
"""Batch sizes among which the best is taken: rows of a UNet pass, pictures of a decode."""


class Floor:
    """UNet passes and decodes of a checkpoint without anything around them, and their seconds."""

    def __init__(self, checkpoint: Checkpoint) -> None:
        self._model = checkpoint.model
        self._steps: dict[int, list[float]] = defaultdict(list)
        self._decodes: dict[int, list[float]] = defaultdict(list)

    @torch.inference_mode()
    def measure(self) -> None:
        """Take the time of one pass of each size."""
        for rows in ROWS:
            self._steps[rows].append(self._seconds_of_step(rows))
        for pictures in DECODES:
            self._decodes[pictures].append(self._seconds_of_decode(pictures))

    def seconds(self, requests: Sequence[Request]) -> float:
        """The least for requests from words with guidance, all of them together."""
        step = min(mean(seconds) for seconds in self._steps.values())
        decode = min(mean(seconds) for seconds in self._decodes.values())
        return step * sum(request.steps for request in requests) + decode * len(requests)

    def _seconds_of_step(self, rows: int) -> float:
        """For one guided picture's step, two rows, in a pass of `rows`."""
        unet, latents = self._model.networks["unet"], self._latents(rows)
        prompts = torch.randn(rows, 77, unet.config.cross_attention_dim)
        timesteps = torch.full((rows,), 500.0)
        share_out(latents)
        began = time.perf_counter()
        unet(latents, timesteps, prompts, return_dict=False)
        return 2 * (time.perf_counter() - began) / rows

    def _seconds_of_decode(self, pictures: int) -> float:
        """For one picture, in a pass of `pictures`."""
        vae, latents = self._model.networks["vae"], self._latents(pictures)
        share_out(latents)
        began = time.perf_counter()
        vae.decode(latents, return_dict=False)
        return (time.perf_counter() - began) / pictures

    def _latents(self, rows: int) -> torch.Tensor:
        side = SIDE // self._model.pixels_per_latent
        return torch.randn(rows, self._model.latent_channels, side, side)
