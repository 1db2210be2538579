"""Measures what a denoiser predicts, noise or velocity, where nothing says it or two say different things."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from diffusers import DDIMScheduler

from gpuworker.families.model import Model
from gpuworker.registry import Prediction

_SIDE = 32
"""Cells: a picture's worth of noise, and little work."""
_IN_LITTLE_NOISE, _IN_ALL_NOISE = 0.2, 0.999
"""Of the timesteps: where noise and velocity look alike, and where they look least alike."""
_TRAINED = 0.35
"""A denoiser that finds less of little noise than this share is untrained, or asks for what is not given."""
_APART = 0.5
"""Of the noise in all noise: a model of noise finds nearly all of it, one of velocity hardly any."""


@torch.inference_mode()
def measured_prediction(model: Model, denoiser: str, schedule: Mapping[str, Any]) -> Prediction | None:
    """Measure what the model's network `denoiser` predicts; None where it finds too little noise to tell.

    Its answer to pure noise is a multiple of that noise, and something else. Noise e is predicted as itself.
    The velocity is `signal * e - sigma * picture` (arXiv 2202.00512), which at the end of the schedule has
    next to nothing of it. With little noise both answers are mostly the noise, which only a trained denoiser
    finds.
    """
    scheduler = DDIMScheduler.from_config(schedule)
    network = model.networks[denoiser]
    device = network.device
    shape = 1, model.latent_channels, _SIDE, _SIDE
    noise = torch.randn(shape, generator=torch.Generator().manual_seed(0)).to(device)
    side = _SIDE * model.pixels_per_latent
    rows = *model.encode_prompt(((),)), *model.added_conditioning(side, side, 1.0)

    def share(of_timesteps: float) -> float:
        timestep = round(of_timesteps * (len(scheduler.alphas_cumprod) - 1))
        sigma = (1 - scheduler.alphas_cumprod[timestep]).sqrt().to(device)
        latents = (sigma * noise).to(network.dtype)
        found = model.denoise(latents, torch.tensor([float(timestep)], device=device), *rows).float()
        return float((found * noise).mean() / noise.square().mean())

    if not share(_IN_LITTLE_NOISE) >= _TRAINED:  # not-a-number is too little, too
        return None
    return "epsilon" if share(_IN_ALL_NOISE) > _APART else "v_prediction"
