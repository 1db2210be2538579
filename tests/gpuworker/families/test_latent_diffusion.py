"""What all Stable Diffusions share, and those that take the guidance scale as an input."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from diffusers import LatentConsistencyModelPipeline

from gpuworker.checkpoints.store import CheckpointStore
from gpuworker.engine.noise import draw
from gpuworker.engine.samplers import new_scheduler
from storage.samplers import Sampler
from tests.gpuworker.engine.support import difference, plain, render_alone, render_together
from tests.gpuworker.tiny import WIDTH, WIDTH_2, write_sd1, write_sdxl


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> CheckpointStore:
    folder = tmp_path_factory.mktemp("latent")
    write_sd1(folder / "distilled", unet={"time_cond_proj_dim": 16})
    write_sd1(
        folder / "wide", unet={"in_channels": 8, "out_channels": 8}, vae={"latent_channels": 8, "stages": 3}
    )
    write_sdxl(folder / "xl")
    store = CheckpointStore(folder, "cpu")
    # A random network hardly hears the scale; loud, one that is mixed up shows in the picture.
    store.get("distilled").model.networks["unet"].time_embedding.cond_proj.weight.data *= 30
    return store


def test_widths_channels_and_sides_come_from_the_networks(store: CheckpointStore) -> None:
    xl, wide = store.get("xl").model, store.get("wide").model
    assert (xl.text_widths, wide.text_widths) == ((WIDTH, WIDTH_2), (WIDTH,))
    assert (xl.latent_channels, wide.latent_channels) == (4, 8)
    assert (xl.pixels_per_latent, wide.pixels_per_latent) == (8, 4)
    assert (xl.side, wide.side) == (64, 32)


def test_only_a_distilled_one_takes_the_guidance_scale(store: CheckpointStore) -> None:
    distilled, plainly = store.get("distilled").model, store.get("wide").model
    assert distilled.is_guidance_distilled
    assert not plainly.is_guidance_distilled
    assert plainly.added_conditioning(64, 64, 7.0) == ()
    low, high = (distilled.added_conditioning(64, 64, scale)[0] for scale in (1.5, 7.0))
    assert low.shape == high.shape == (1, 16)
    assert (low - high).abs().max() > 0.1


@torch.inference_mode()
def test_a_distilled_one_draws_what_the_stock_pipeline_draws(store: CheckpointStore) -> None:
    request = plain(checkpoint="distilled", sampler=Sampler.LCM, guidance_scale=6.0, steps=4)
    model: Any = store.get("distilled").model
    pipeline = LatentConsistencyModelPipeline(
        **model.networks,
        tokenizer=model.tokenizer,
        scheduler=new_scheduler(Sampler.LCM, store.get("distilled").scheduler_config, 4),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )
    pipeline.set_progress_bar_config(disable=True)
    latents, generator = draw(request.noise, (1, 4, 8, 8))
    stock = pipeline(
        request.prompt,
        width=64,
        height=64,
        num_inference_steps=4,
        guidance_scale=6.0,
        latents=latents,
        generator=generator,
    ).images[0]
    weaker = plain(checkpoint="distilled", sampler=Sampler.LCM, guidance_scale=1.5, steps=4)
    pictures = render_together(store, [request, weaker])
    assert difference(pictures[0], stock) <= 1
    assert difference(pictures[1], render_alone(store, weaker)) <= 1
    assert difference(pictures[0], pictures[1]) > 3, "the scale counts"
