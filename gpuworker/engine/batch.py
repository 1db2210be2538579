"""One forward pass for many pictures: rows in, guided predictions out; and their decoding."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

import torch
from PIL import Image
from torch import Tensor

from gpuworker.checkpoints.checkpoint import Checkpoint
from gpuworker.engine.cores import share_out
from gpuworker.engine.errors import RenderError
from gpuworker.engine.plan import Plan
from gpuworker.engine.render import ModelInput, Render
from gpuworker.families.attention import attention_within
from gpuworker.families.model import Rows


def predict(renders: Sequence[Render], plan: Plan) -> Tensor:
    """Predict for n pictures of one checkpoint and shape: (n, channels, h, w), fp32, guidance applied.

    For edits: the prediction for the target minus the prediction for the source. Each model input has a row
    for its prompt, and behind those one for every further branch of an `AND` and, for classifier-free
    guidance (Ho and Salimans, arXiv 2207.12598), one for its negative prompt. No row sees another one.
    """
    inputs = [each for render in renders for each in render.model_inputs()]
    conditionings = [each.conditioning for each in inputs]
    branches = range(max(len(each.prompts) for each in conditionings))
    of_branch = [
        [i for i, each in enumerate(conditionings) if len(each.prompts) > branch] for branch in branches
    ]
    guided = [i for i, each in enumerate(conditionings) if each.negative is not None]
    prompts = [conditionings[i].prompts[branch] for branch in branches for i in of_branch[branch]]
    prompts += [each.negative for each in conditionings if each.negative is not None]
    shown = [inputs[i] for i in (*chain.from_iterable(of_branch), *guided)]

    predicted = _denoised(shown, prompts, renders[0].checkpoint, plan)
    *prompted, without = torch.split(predicted, [*map(len, of_branch), len(guided)])
    start = predicted.new_zeros(len(inputs), *predicted.shape[1:])
    start[guided] = without
    predictions = start.clone()
    for branch, those, found in zip(branches, of_branch, prompted, strict=True):
        scales = torch.tensor([conditionings[i].scales[branch] for i in those], device=predicted.device)
        predictions[those] += scales.view(-1, 1, 1, 1) * (found - start[those])

    targets = [i for i, each in enumerate(inputs) if not each.is_source]
    sources = [i for i, each in enumerate(inputs) if each.is_source]
    predictions[[i - 1 for i in sources]] -= predictions[sources]
    return predictions[targets]


def _denoised(
    shown: Sequence[ModelInput], prompts: Sequence[Rows], checkpoint: Checkpoint, plan: Plan
) -> Tensor:
    """Give the UNet's prediction for each row, (rows, channels, h, w), fp32.

    Prompts of different lengths take passes of their own. The other way, padding all to the longest behind
    an attention mask, would make every plain prompt pay for a long batch mate and, by the other kernels that
    a mask asks for, change its picture.
    """
    latents = torch.cat([each.latents for each in shown]).to(checkpoint.dtype)
    timesteps = torch.stack([each.timestep.float() for each in shown]).to(checkpoint.device)

    def denoise(latents: Tensor, *rows: Tensor) -> Tensor:
        share_out(latents)
        with attention_within(plan.scores):
            return checkpoint.model.denoise(latents, *rows)

    predicted = torch.empty_like(latents, dtype=torch.float32)
    for length in {each[0].shape[1] for each in prompts}:
        those = [i for i, each in enumerate(prompts) if each[0].shape[1] == length]
        conditioning = map(torch.cat, zip(*(prompts[i] for i in those), strict=True))
        predicted[those] = plan.rows.run(denoise, latents[those], timesteps[those], *conditioning).float()
    return predicted


def decode(renders: Sequence[Render], plan: Plan) -> Tensor:
    """Draw the finished pictures with the autoencoder: (n, 3, height, width), about -1 to 1."""
    checkpoint = renders[0].checkpoint

    def draw(latents: Tensor) -> Tensor:
        share_out(latents)
        with attention_within(plan.scores):
            return checkpoint.model.decode(latents, plan.tile)

    return plan.pictures.run(draw, torch.cat([render.latents for render in renders]))


def to_picture(pixels: Tensor) -> Image.Image:
    """Turn decoded pixels (1, 3, height, width) into a picture, rounded as the stock pipeline rounds.

    Raises `RenderError` when there are infinities or not-a-numbers among them.
    """
    if not pixels.isfinite().all():
        raise RenderError(
            "The numbers ran out of range and no picture came out: lower the guidance or try again."
        )
    unit = (pixels[0].float() / 2).add_(0.5).clamp_(0, 1)  # in place: a large picture takes hundreds of MB
    return Image.fromarray(unit.mul_(255).round_().to(torch.uint8).permute(1, 2, 0).cpu().numpy())
