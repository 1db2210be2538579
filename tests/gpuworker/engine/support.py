"""Requests for the tiny checkpoint, the engine driven by hand, and the stock pipeline to compare with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from unittest.mock import patch

import numpy as np
import torch
from diffusers import (
    StableDiffusionImg2ImgPipeline,
    StableDiffusionInpaintPipeline,
    StableDiffusionPipeline,
    StableDiffusionXLImg2ImgPipeline,
    StableDiffusionXLPipeline,
)
from diffusers.models.autoencoders.vae import DiagonalGaussianDistribution
from PIL import Image

from gpuworker.checkpoints.checkpoint import Checkpoint
from gpuworker.checkpoints.store import CheckpointStore
from gpuworker.engine.engine import Engine
from gpuworker.engine.noise import draw
from gpuworker.engine.request import Request
from gpuworker.engine.samplers import new_scheduler
from gpuworker.families.model import WeightedText
from gpuworker.families.sdxl.model import StableDiffusionXL
from moderation.prompt_language.fragments import sections
from moderation.prompt_language.parse import parse
from storage.noise import Noise
from storage.samplers import Sampler

PLAIN = Request(
    checkpoint="tiny",
    prompt="a red house",
    negative_prompt="",
    width=64,
    height=64,
    steps=4,
    sampler=Sampler.EULER,
    guidance_scale=4.0,
    noise=Noise(seed=1),
)


def plain(**changes: Any) -> Request:
    """A quick request that differs from the plainest one by `changes`; `seed` stands for a noise."""
    if "seed" in changes:
        changes["noise"] = Noise(seed=changes.pop("seed"))
    return replace(PLAIN, **changes)


def of_pocket(prompt: str, seed: int, steps: int) -> Request:
    """A picture of the pocket checkpoint in the size that it was trained for."""
    return plain(
        checkpoint="pocket",
        prompt=prompt,
        width=128,
        height=128,
        steps=steps,
        sampler=Sampler.DPMPP_2M,
        seed=seed,
    )


def weighted(prompt: str) -> WeightedText:
    """What a model is asked to encode."""
    return sections(parse(prompt).branches[0].parts)


def pixels(picture: Image.Image) -> np.ndarray:
    """Pixels as integers that can be subtracted."""
    return np.asarray(picture).astype(int)


def difference(a: Image.Image, b: Image.Image) -> int:
    """The largest difference of a pixel, 0 to 255."""
    return int(np.abs(pixels(a) - pixels(b)).max())


def edge_step(picture: Image.Image, mask: Image.Image) -> float:
    """The mean difference of neighbours on both sides of a mask's edge, of 255."""
    values, inside = pixels(picture), np.asarray(mask) > 0
    steps = [np.abs(np.diff(values, axis=axis)).mean(axis=2)[np.diff(inside, axis=axis)] for axis in (0, 1)]
    return float(np.concatenate(steps).mean())


def drain(engine: Engine) -> None:
    """Step until nothing is left to do."""
    while engine.step():
        pass


def render_together(checkpoints: CheckpointStore, requests: list[Request]) -> list[Image.Image]:
    """All of them submitted at once to one engine."""
    engine = Engine(checkpoints)
    futures = [engine.submit(request) for request in requests]
    drain(engine)
    return [future.result(0) for future in futures]


def render_alone(checkpoints: CheckpointStore, request: Request) -> Image.Image:
    """In an engine that renders nothing else."""
    return render_together(checkpoints, [request])[0]


def render_stock(checkpoint: Checkpoint, request: Request) -> Image.Image:
    """Through diffusers' own pipeline, with the same noise.

    Of pictures to start from it takes the likeliest latents, as the engine does, instead of a sample.
    """
    model: Any = checkpoint.model
    scheduler = new_scheduler(request.sampler, checkpoint.scheduler_config, request.steps)
    parts = {**model.networks, "tokenizer": model.tokenizer, "scheduler": scheduler}
    negative_prompt: str | None = request.negative_prompt
    pipeline: Any
    if isinstance(model, StableDiffusionXL):
        kind = StableDiffusionXLPipeline if request.start is None else StableDiffusionXLImg2ImgPipeline
        pipeline = kind(
            **parts,
            tokenizer_2=model.tokenizer_2,
            force_zeros_for_empty_prompt=model.force_zeros_for_empty_prompt,
            add_watermarker=False,
        )
        negative_prompt = negative_prompt or None
    else:
        pipeline = _stock_pipeline(request)(
            **parts, safety_checker=None, feature_extractor=None, requires_safety_checker=False
        )
    pipeline.set_progress_bar_config(disable=True)
    side = model.pixels_per_latent
    shape = (1, model.latent_channels, request.height // side, request.width // side)
    latents, generator = draw(request.noise, shape)
    started: dict[str, Any]
    if request.start is None:
        started = {
            "latents": latents,
            "generator": generator,
            "width": request.width,
            "height": request.height,
        }
    else:
        assert isinstance(request.noise, Noise)
        assert not request.noise.variations, "these pipelines draw the noise themselves"
        generator = torch.Generator().manual_seed(request.noise.seed)
        started = {"image": request.start.picture, "strength": request.start.strength, "generator": generator}
        if request.start.mask is not None:
            started |= {"mask_image": request.start.mask, "width": request.width, "height": request.height}
    with patch.object(DiagonalGaussianDistribution, "sample", lambda found, generator: found.mode()):
        picture: Image.Image = pipeline(
            prompt=request.prompt,
            negative_prompt=negative_prompt,
            num_inference_steps=request.steps,
            guidance_scale=request.guidance_scale,
            **started,
        ).images[0]
    return picture


def _stock_pipeline(request: Request) -> Any:
    if request.start is None:
        return StableDiffusionPipeline
    return StableDiffusionImg2ImgPipeline if request.start.mask is None else StableDiffusionInpaintPipeline


@contextmanager
def replaced_forward(network: torch.nn.Module, forward: Callable[..., Any]) -> Iterator[None]:
    """`network(...)` calls `forward(original, ...)` inside the block."""
    original = network.forward

    def call(*args: Any, **kwargs: Any) -> Any:
        return forward(original, *args, **kwargs)

    network.forward = call
    try:
        yield
    finally:
        network.forward = original


def failure(future: Future[Image.Image]) -> BaseException:
    """The error that a settled future failed with."""
    error = future.exception(0)
    assert error is not None
    return error
