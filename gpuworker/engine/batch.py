"""One forward pass for many pictures: rows in, guided predictions out; and their decoding."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from PIL import Image
from torch import Tensor

from gpuworker.engine.cores import share_out
from gpuworker.engine.errors import RenderError
from gpuworker.engine.render import Render
from gpuworker.engine.rows import RowLimit


def predict(renders: Sequence[Render], limit: RowLimit) -> Tensor:
    """What the model predicts for n pictures of one checkpoint and shape: (n, channels, h, w), fp32.

    Each guided picture takes a second row, behind those of all pictures, for classifier-free guidance
    (Ho and Salimans, arXiv 2207.12598). No row sees another one.
    """
    checkpoint = renders[0].checkpoint
    guided = [i for i, render in enumerate(renders) if render.guided]
    both = [*range(len(renders)), *guided]
    latents = torch.cat([render.model_input() for render in renders])[both].to(checkpoint.dtype)
    timesteps = torch.stack([render.timestep.float() for render in renders])[both].to(checkpoint.device)
    conditions = [render.conditions for render in renders] + [renders[i].without_prompt for i in guided]

    def denoise(latents: Tensor, *rows: Tensor) -> Tensor:
        share_out(latents)
        return checkpoint.model.denoise(latents, *rows)

    predicted = limit.run(denoise, latents, timesteps, *map(torch.cat, zip(*conditions, strict=True))).float()
    predictions = predicted[: len(renders)]
    if guided:
        scales = torch.tensor([renders[i].guidance_scale for i in guided], device=predicted.device)
        without = predicted[len(renders) :]
        predictions[guided] = without + scales.view(-1, 1, 1, 1) * (predictions[guided] - without)
    return predictions


def decode(renders: Sequence[Render], limit: RowLimit) -> Tensor:
    """The finished pictures as the autoencoder draws them: (n, 3, height, width), about -1 to 1."""
    checkpoint = renders[0].checkpoint

    def draw(latents: Tensor) -> Tensor:
        share_out(latents)
        return checkpoint.model.decode(latents)

    return limit.run(draw, torch.cat([render.latents for render in renders]))


def to_picture(pixels: Tensor) -> Image.Image:
    """Decoded pixels (1, 3, height, width) to a picture, rounded as the stock pipeline rounds.

    Raises `RenderError` when there are infinities or not-a-numbers among them.
    """
    if not pixels.isfinite().all():
        raise RenderError(
            "The numbers ran out of range and no picture came out: lower the guidance or try again."
        )
    unit = (pixels[0].float() / 2 + 0.5).clamp(0, 1)
    return Image.fromarray(unit.mul(255).round().to(torch.uint8).permute(1, 2, 0).cpu().numpy())
