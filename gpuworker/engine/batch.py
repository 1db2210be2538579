"""One forward pass for many pictures: rows in, guided predictions out; and their decoding."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from PIL import Image
from torch import Tensor

from gpuworker.engine.cores import share_out
from gpuworker.engine.errors import RenderError
from gpuworker.engine.plan import Plan
from gpuworker.engine.render import Render
from gpuworker.families.attention import attention_within


def predict(renders: Sequence[Render], plan: Plan) -> Tensor:
    """What the model predicts for n pictures of one checkpoint and shape: (n, channels, h, w), fp32.

    For an edited picture it is by how much it differs from what the model predicts for its source. Each look
    at a picture has a row for its prompt, and behind those one for every further branch of an `AND` and, for
    classifier-free guidance (Ho and Salimans, arXiv 2207.12598), one for its negative prompt. No row sees
    another one.

    Prompts of different lengths take passes of their own. The other way, padding all to the longest behind
    an attention mask, would make every plain prompt pay for a long batch mate and, by the other kernels that
    a mask asks for, change its picture.
    """
    checkpoint = renders[0].checkpoint
    looks = [look for render in renders for look in render.looks()]
    told = [look.conditioning for look in looks]
    branches = range(max(len(each.prompts) for each in told))
    of_branch = [[i for i, each in enumerate(told) if len(each.prompts) > branch] for branch in branches]
    guided = [i for i, each in enumerate(told) if each.negative is not None]
    rows = [told[i].prompts[branch] for branch in branches for i in of_branch[branch]]
    rows += [each.negative for each in told if each.negative is not None]
    picture = [*(i for those in of_branch for i in those), *guided]
    latents = torch.cat([look.latents for look in looks])[picture].to(checkpoint.dtype)
    timesteps = torch.stack([look.timestep.float() for look in looks])[picture].to(checkpoint.device)

    def denoise(latents: Tensor, *rows: Tensor) -> Tensor:
        share_out(latents)
        with attention_within(plan.scores):
            return checkpoint.model.denoise(latents, *rows)

    predicted = torch.empty_like(latents, dtype=torch.float32)
    for length in {row[0].shape[1] for row in rows}:
        those = [i for i, row in enumerate(rows) if row[0].shape[1] == length]
        conditioning = map(torch.cat, zip(*(rows[i] for i in those), strict=True))
        predicted[those] = plan.rows.run(denoise, latents[those], timesteps[those], *conditioning).float()

    *prompted, without = torch.split(predicted, [*map(len, of_branch), len(guided)])
    start = torch.zeros_like(predicted[: len(looks)])
    start[guided] = without
    predictions = start.clone()
    for branch, those, found in zip(branches, of_branch, prompted, strict=True):
        scales = torch.tensor([told[i].scales[branch] for i in those], device=predicted.device)
        predictions[those] += scales.view(-1, 1, 1, 1) * (found - start[those])
    first = [place for place, look in enumerate(looks) if not look.source]
    sources = [place for place, look in enumerate(looks) if look.source]
    predictions[[place - 1 for place in sources]] -= predictions[sources]
    return predictions[first]


def decode(renders: Sequence[Render], plan: Plan) -> Tensor:
    """The finished pictures as the autoencoder draws them: (n, 3, height, width), about -1 to 1."""
    checkpoint = renders[0].checkpoint

    def draw(latents: Tensor) -> Tensor:
        share_out(latents)
        with attention_within(plan.scores):
            return checkpoint.model.decode(latents, plan.tile)

    return plan.pictures.run(draw, torch.cat([render.latents for render in renders]))


def to_picture(pixels: Tensor) -> Image.Image:
    """Decoded pixels (1, 3, height, width) to a picture, rounded as the stock pipeline rounds.

    Raises `RenderError` when there are infinities or not-a-numbers among them.
    """
    if not pixels.isfinite().all():
        raise RenderError(
            "The numbers ran out of range and no picture came out: lower the guidance or try again."
        )
    unit = (pixels[0].float() / 2).add_(0.5).clamp_(0, 1)  # in place: a large picture takes hundreds of MB
    return Image.fromarray(unit.mul_(255).round_().to(torch.uint8).permute(1, 2, 0).cpu().numpy())
