"""The noise a picture starts from."""

from __future__ import annotations

import torch
from torch import Tensor

from storage.jobs import Noise


def draw(noise: Noise, shape: tuple[int, ...]) -> tuple[Tensor, torch.Generator]:
    """Standard normal latents of `shape`, and the generator that drew them.

    Always drawn on the CPU in fp32, so that a seed means the same picture on every device. Ancestral samplers
    draw on from the generator, which is what the stock pipeline does with `generator=`; variations draw from
    generators of their own and leave it alone.
    """
    generator = torch.Generator().manual_seed(noise.seed)
    latents = torch.randn(shape, generator=generator)
    for variation in noise.variations:
        other = torch.randn(shape, generator=torch.Generator().manual_seed(variation.seed))
        latents = slerp(latents, other, variation.strength)
    return latents, generator


def slerp(start: Tensor, end: Tensor, share: float) -> Tensor:
    """Turn `start` towards `end` by `share` (0 to 1) of the angle between them (Shoemake, SIGGRAPH 1985).

    Linear interpolation would lose variance half-way, which renders as blur. A1111's variation seeds turn
    each column of the latents by an angle of its own; here the whole noise is one vector.
    """
    cosine = torch.cosine_similarity(start.flatten(), end.flatten(), dim=0)
    angle = torch.acos(cosine.clamp(-1, 1))
    if torch.sin(angle) < 1e-4:
        return torch.lerp(start, end, share)
    return (torch.sin((1 - share) * angle) * start + torch.sin(share * angle) * end) / torch.sin(angle)
