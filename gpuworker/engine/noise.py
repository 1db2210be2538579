"""The noise a picture starts from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from storage.noise import Noise

_BLOCK = 64
"""Latents a side of the blocks that an endless plane of noise is made of."""


@dataclass(frozen=True, slots=True)
class Patch:
    """The noise of a tile of a larger picture: what lies at `left` and `top` on the endless plane of a seed.

    So tiles that overlap have the same noise where they do, and come out alike there. `left` and `top`, 0 or
    more, are pixels of the larger picture, multiples of those that one latent stands for.
    """

    seed: int
    left: int
    top: int


def draw(
    noise: Noise | Patch, shape: tuple[int, ...], pixels_per_latent: int = 8
) -> tuple[Tensor, torch.Generator]:
    """Draw standard normal latents of `shape` (1, channels, h, w), and give the generator that drew them.

    Always drawn on the CPU in fp32, so that a seed means the same picture on every device. Ancestral samplers
    draw on from the generator, which is what the stock pipeline does with `generator=`; variations draw from
    generators of their own and leave it alone.
    """
    if isinstance(noise, Patch):
        return _cut(noise, shape, pixels_per_latent)
    if noise.frozen is None:
        return _drawn(noise, shape)
    width, height = noise.frozen
    frozen, generator = _drawn(noise, (*shape[:2], height // pixels_per_latent, width // pixels_per_latent))
    latents, _ = _drawn(noise, shape)
    return _pinned(frozen, latents), generator


def _cut(patch: Patch, shape: tuple[int, ...], pixels_per_latent: int) -> tuple[Tensor, torch.Generator]:
    """Give the blocks of the plane that a patch touches, drawn with a seed for each, and cut to size."""
    left, top = patch.left // pixels_per_latent, patch.top // pixels_per_latent
    rows, columns = (
        range(start // _BLOCK, (start + size - 1) // _BLOCK + 1)
        for start, size in zip((top, left), shape[-2:], strict=True)
    )
    block = (*shape[:2], _BLOCK, _BLOCK)
    blocks = [[torch.randn(block, generator=_generator(patch.seed, y, x)) for x in columns] for y in rows]
    plane = torch.cat([torch.cat(row, -1) for row in blocks], -2)
    y, x = top % _BLOCK, left % _BLOCK
    cut = plane[..., y : y + shape[-2], x : x + shape[-1]].contiguous()
    return cut, _generator(patch.seed, patch.top, patch.left, 1)


def _generator(*seeds: int) -> torch.Generator:
    (seed,) = np.random.SeedSequence(seeds).generate_state(1)
    return torch.Generator().manual_seed(int(seed))


def _drawn(noise: Noise, shape: tuple[int, ...]) -> tuple[Tensor, torch.Generator]:
    generator = torch.Generator().manual_seed(noise.seed)
    latents = torch.randn(shape, generator=generator)
    for variation in noise.variations:
        other = torch.randn(shape, generator=torch.Generator().manual_seed(variation.seed))
        latents = slerp(latents, other, variation.strength)
    return latents, generator


def _pinned(frozen: Tensor, latents: Tensor) -> Tensor:
    """Lay as much of `frozen` into `latents` as they have room for, middle on middle."""
    from_, to = [], []
    for mine, its in zip(latents.shape[-2:], frozen.shape[-2:], strict=True):
        size = min(mine, its)
        from_.append(slice((its - size) // 2, (its - size) // 2 + size))
        to.append(slice((mine - size) // 2, (mine - size) // 2 + size))
    latents[..., to[0], to[1]] = frozen[..., from_[0], from_[1]]
    return latents


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
