"""Pictures whose opposite borders fit: what a convolution misses beyond one, it finds at the other."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from torch import Tensor, nn
from torch.nn import functional as F

_AROUND = 6
"""Cells that are drawn around the latents and cut off: further away the autoencoder hardly looks."""


@contextlib.contextmanager
def wrapped_around(network: nn.Module) -> Iterator[None]:
    """Let the convolutions of a network pad with what is at the opposite border, not with zeros."""
    found = [each for each in network.modules() if isinstance(each, nn.Conv2d)]
    before = [each.padding_mode for each in found]
    try:
        for each in found:
            each.padding_mode = "circular"
        yield
    finally:
        for each, mode in zip(found, before, strict=True):
            each.padding_mode = mode


def surrounded(latents: Tensor) -> Tensor:
    """Put around latents (n, channels, h, w) what is at their opposite borders."""
    down, across = _around(latents)
    return F.pad(latents, (across, across, down, down), mode="circular")


def cut_out(pixels: Tensor, latents: Tensor, pixels_per_latent: int) -> Tensor:
    """Cut off what is around the latents in the pixels that were drawn of them surrounded."""
    down, across = (each * pixels_per_latent for each in _around(latents))
    return pixels[..., down : pixels.shape[-2] - down, across : pixels.shape[-1] - across]


def _around(latents: Tensor) -> tuple[int, int]:
    height, width = latents.shape[-2:]
    return min(_AROUND, height), min(_AROUND, width)
