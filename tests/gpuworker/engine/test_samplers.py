"""Samplers over the checkpoints they are made for, and the previews drawn from them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from diffusers import UNet2DConditionModel

from gpuworker.checkpoints.checkpoint import Checkpoint
from gpuworker.checkpoints.store import CheckpointStore, Loaded
from gpuworker.engine.engine import Engine
from gpuworker.engine.request import StepDone
from gpuworker.engine.samplers import draws_noise, new_scheduler
from storage.samplers import Sampler
from tests.gpuworker.engine.support import (
    difference,
    drain,
    pixels,
    plain,
    render_alone,
    render_stock,
    render_together,
)


class Shelf(CheckpointStore):
    """A store of one checkpoint that is there already."""

    def __init__(self, checkpoint: Checkpoint) -> None:
        super().__init__(Path(), checkpoint.device)
        self._loaded[checkpoint.name] = Loaded(checkpoint)


@pytest.mark.parametrize("sampler", Sampler)
def test_the_last_preview_shows_the_finished_latents(checkpoints: CheckpointStore, sampler: Sampler) -> None:
    previews: list[np.ndarray] = []

    def on_step(done: StepDone) -> None:
        previews.append(pixels(done.preview()))

    engine = Engine(checkpoints)
    engine.submit(plain(sampler=sampler, steps=8, on_step=on_step))
    for _ in range(8):
        engine.step()
    (group,) = engine._scheduler._groups.values()
    (render,) = group.renders
    finished = pixels(render.checkpoint.preview.picture(render.latents))
    misses = [np.abs(preview - finished).mean() for preview in previews]
    assert misses[-1] <= 4
    assert misses[0] > misses[-1]
    drain(engine)


def test_distilled_checkpoints_are_told_the_guidance(checkpoints: CheckpointStore) -> None:
    """A latent consistency model (arXiv 2310.04378) reads the guidance scale, and runs once for a step."""
    tiny: Any = checkpoints.get("tiny")
    torch.manual_seed(3)
    config = tiny.model.networks["unet"].config
    unet = UNet2DConditionModel.from_config(config, time_cond_proj_dim=16).eval()
    shelf = Shelf(replace(tiny, model=replace(tiny.model, unet=unet)))
    mix = [
        plain(sampler=Sampler.LCM, seed=i, guidance_scale=scale) for i, scale in enumerate((1.0, 2.0, 8.0))
    ]
    for request, picture in zip(mix, render_together(shelf, mix), strict=True):
        assert difference(picture, render_stock(shelf.get("tiny"), request)) <= 1
    assert difference(render_alone(shelf, plain(guidance_scale=1.0)), render_alone(shelf, plain())) > 0


@pytest.mark.parametrize("sampler", Sampler)
def test_one_sampler_leaves_no_trace_in_the_configuration_of_the_next(
    checkpoints: CheckpointStore, sampler: Sampler
) -> None:
    config = dict(checkpoints.get("tiny").scheduler_config)
    before = dict(config)
    assert new_scheduler(sampler, config, 10).config.prediction_type == "epsilon"
    assert config == before


@pytest.mark.parametrize("sampler", Sampler)
def test_from_no_signal_at_all_every_sampler_comes_to_the_picture(sampler: Sampler) -> None:
    """With a model that knows it, on a schedule of zero terminal SNR, and without steps spent at its end."""
    config = {
        "beta_start": 0.00085,
        "beta_end": 0.012,
        "beta_schedule": "scaled_linear",
        "prediction_type": "v_prediction",
        "rescale_betas_zero_snr": True,
        "timestep_spacing": "trailing",
        "clip_sample": False,
    }
    scheduler = new_scheduler(sampler, config, 20)
    picture, latents = torch.randn(2, 1, 4, 8, 8, generator=torch.Generator().manual_seed(0))
    latents = latents * scheduler.init_noise_sigma
    for number, timestep in enumerate(scheduler.timesteps):
        share = scheduler.alphas_cumprod[int(timestep)]
        known = scheduler.scale_model_input(latents, timestep)
        noise = (known - share.sqrt() * picture) / (1 - share).sqrt()
        velocity = share.sqrt() * noise - (1 - share).sqrt() * picture
        extra = {"generator": torch.Generator().manual_seed(number)} if draws_noise(sampler) else {}
        latents = scheduler.step(velocity, timestep, latents, return_dict=False, **extra)[0]
    assert (latents - picture).abs().max() < 0.01
    assert len({round(float(timestep)) for timestep in scheduler.timesteps}) == 20
    assert scheduler.timesteps[0] == 999
