"""One forward pass for many pictures: rows in, guided predictions out; and their decoding."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from functools import partial

import torch
from PIL import Image
from torch import Tensor

from gpuworker.checkpoints.checkpoint import Checkpoint
from gpuworker.engine.autoencoding import in_tiles_that_fit
from gpuworker.engine.bare import BarePasses
from gpuworker.engine.cores import share_out
from gpuworker.engine.errors import RenderError
from gpuworker.engine.plan import Plan
from gpuworker.engine.render import ModelInput, Render
from gpuworker.engine.rescale import rescaled
from gpuworker.engine.seamless import cut_out, surrounded, wrapped_around
from gpuworker.families.attention import attention_within
from gpuworker.families.model import Rows
from moderation.told import Told


def predict(renders: Sequence[Render], plan: Plan, bare: BarePasses) -> list[Tensor]:
    """Predict for n pictures of one checkpoint and shape: (1, channels, h, w) each, fp32, guidance applied.

    For edits: the prediction for the target minus the prediction for the source. Each model input has a row
    for its prompt, further ones for every other branch of an `AND` and, for classifier-free guidance (Ho and
    Salimans, arXiv 2207.12598), a last one for its negative prompt. No row sees another one.

    Rows are taken apart by slices and weighted by numbers of Python's: lists as indices and scalars as
    tensors would be copied to the device, and each copy waits for all that it has to do. Seamless pictures
    take passes of their own, too.
    """
    seamless = [render for render in renders if render.is_seamless]
    if 0 < len(seamless) < len(renders):
        others = [render for render in renders if not render.is_seamless]
        found = dict(zip(seamless, predict(seamless, plan, bare), strict=True))
        found |= zip(others, predict(others, plan, bare), strict=True)
        return [found[render] for render in renders]
    with wrapped_around(renders[0].checkpoint.model.networks["unet"]) if seamless else nullcontext():
        return _predicted(renders, plan, bare)


def _predicted(renders: Sequence[Render], plan: Plan, bare: BarePasses) -> list[Tensor]:
    """Do it for pictures of one kind."""
    inputs = [(render, each) for render in renders for each in render.model_inputs()]
    shown = [(each, prompt) for _, each in inputs for prompt in each.conditioning.all_prompts]
    rows = iter(_denoised(shown, renders[0].checkpoint, plan, bare))
    predictions: dict[Render, Tensor] = {}
    for render, each in inputs:
        predicted = _guided(each, rows, render.checkpoint.guidance_rescale)
        predictions[render] = predictions[render] - predicted if each.is_source else predicted
    return list(predictions.values())


def _guided(given: ModelInput, rows: Iterator[Tensor], rescale: float) -> Tensor:
    """Take a model input's rows (1, channels, h, w), and lead from its negative prompt to the branches."""
    conditioning = given.conditioning
    branches = [next(rows) for _ in conditioning.prompts]
    if conditioning.negative is None:
        scaled = [scale * found for scale, found in zip(conditioning.scales, branches, strict=True)]
        return sum(scaled[1:], scaled[0])
    start = next(rows)
    predicted = given.composition.guided(start, branches, conditioning.scales)
    return rescaled(predicted, start, conditioning, rescale) if rescale else predicted


def _denoised(
    shown: Sequence[tuple[ModelInput, Rows]], checkpoint: Checkpoint, plan: Plan, bare: BarePasses
) -> list[Tensor]:
    """Give the UNet's prediction for each row, (1, channels, h, w), fp32.

    Prompts of different lengths take passes of their own. The other way, padding all to the longest behind
    an attention mask, would make every plain prompt pay for a long batch mate and, by the other kernels that
    a mask asks for, change its picture.
    """

    def denoise(latents: Tensor, *rows: Tensor) -> Tensor:
        share_out(latents)
        with attention_within(plan.scores), bare.timed(checkpoint.name, "unet", latents):
            return checkpoint.model.denoise(latents, *rows)

    by_length: dict[int, list[int]] = {}
    for i, (_, prompt) in enumerate(shown):
        by_length.setdefault(prompt[0].shape[1], []).append(i)
    conditioning = plan.conditioning.join({n: [shown[i][1] for i in those] for n, those in by_length.items()})
    predicted: dict[int, Tensor] = {}
    for length, those in by_length.items():
        latents = torch.cat([shown[i][0].latents for i in those]).to(checkpoint.dtype)
        timesteps = torch.stack([shown[i][0].timestep for i in those])
        found = plan.rows.run(denoise, latents, timesteps, *conditioning[length]).float()
        predicted.update(zip(those, torch.split(found, 1), strict=True))
    return [predicted[i] for i in range(len(shown))]


def decode(renders: Sequence[Render], plan: Plan, bare: BarePasses) -> list[Tensor]:
    """Draw the finished pictures with the autoencoder: (1, 3, height, width) each, about -1 to 1."""
    checkpoint = renders[0].checkpoint

    def draw(latents: Tensor) -> Tensor:
        share_out(latents)
        with attention_within(plan.scores), bare.timed(checkpoint.name, "decoder", latents):
            if len(latents) > 1:  # if these do not fit, fewer will be tried
                return checkpoint.decode(latents, plan.tile)
            return in_tiles_that_fit(partial(checkpoint.decode, latents), plan.tile)

    plain = [render for render in renders if not render.is_seamless]
    drawn: dict[Render, Tensor] = {}
    if plain:
        together = plan.pictures.run(draw, torch.cat([render.latents for render in plain]))
        drawn = dict(zip(plain, torch.split(together, 1), strict=True))
    for render in renders:
        if render.is_seamless:
            pixels = draw(surrounded(render.latents))
            drawn[render] = cut_out(pixels, render.latents, checkpoint.model.pixels_per_latent)
    return [drawn[render] for render in renders]


def to_picture(pixels: Tensor) -> Image.Image:
    """Turn decoded pixels (1, 3, height, width) into a picture, rounded as the stock pipeline rounds.

    Raises `RenderError` when there are infinities or not-a-numbers among them.
    """
    if not pixels.isfinite().all():
        raise RenderError(
            Told("The numbers ran out of range and no picture came out: lower the guidance or try again.")
        )
    unit = (pixels[0].float() / 2).add_(0.5).clamp_(0, 1)  # in place: a large picture takes hundreds of MB
    return Image.fromarray(unit.mul_(255).round_().to(torch.uint8).permute(1, 2, 0).cpu().numpy())
