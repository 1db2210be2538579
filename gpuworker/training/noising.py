"""What a denoiser learns from: pictures with noise, and how far off it is with some of that."""

from __future__ import annotations

from typing import NamedTuple

import torch
from diffusers import DDPMScheduler
from torch import Tensor

from gpuworker.checkpoints.checkpoint import Checkpoint
from gpuworker.families.model import Rows


class Noised(NamedTuple):
    """Latents (n, channels, h, w) with noise, and what the checkpoint should predict of them."""

    latents: Tensor
    wanted: Tensor
    timesteps: Tensor


def moments(checkpoint: Checkpoint, count: int, first: float, lots: torch.Generator) -> Tensor:
    """Draw timesteps (count), one from each of as many parts of the schedule: the losses differ less.

    `first` is the share of the schedule, from its least noise, that is left out.
    """
    parts = (torch.arange(count) + torch.rand(count, generator=lots)) / count
    length = int(checkpoint.scheduler_config["num_train_timesteps"])
    return ((first + (1 - first) * parts) * length).long().clamp(max=length - 1)


def noised(checkpoint: Checkpoint, clean: Tensor, timesteps: Tensor, lots: torch.Generator) -> Noised:
    """Put noise into latents (n, channels, h, w), as much as there is at the timesteps (n)."""
    scheduler = DDPMScheduler.from_config(checkpoint.scheduler_config)
    noise = torch.randn(clean.shape, generator=lots)
    there = scheduler.add_noise(clean, noise, timesteps)
    match scheduler.config.prediction_type:
        case "v_prediction":
            wanted = scheduler.get_velocity(clean, noise, timesteps)
        case "sample":
            wanted = clean
        case _:
            wanted = noise
    return Noised(there, wanted, timesteps)


def mistakes(checkpoint: Checkpoint, states: Rows, given: Noised) -> Tensor:
    """Give the squared errors of what the checkpoint predicts, told one prompt: (n, channels, h, w) in fp32.

    `states` are what `Checkpoint.encode` gave of the prompt.
    """
    model, device, count = checkpoint.model, checkpoint.device, len(given.timesteps)
    side = model.pixels_per_latent
    added = model.added_conditioning(given.latents.shape[-1] * side, given.latents.shape[-2] * side, 1.0)
    rows = [each.expand(count, *each.shape[1:]) for each in (*states, *added)]
    there = given.latents.to(device, checkpoint.dtype)
    predicted = model.denoise(there, given.timesteps.to(device).float(), *rows)
    return (predicted.float() - given.wanted.to(device)).square()
