"""Draws cheap previews of latents: a linear map from their channels to red, green and blue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from torch import Tensor

Rgb = tuple[float, float, float]


@dataclass(frozen=True)
class Preview:
    """RGB in [0, 1] is `latents @ weight + bias`, for latents scaled as the denoiser sees them.

    `weight` has a row for each channel of the latents.
    """

    weight: tuple[Rgb, ...]
    bias: Rgb

    @classmethod
    def of_signed_rgb(cls, weight: Sequence[Rgb], bias: Rgb) -> Self:
        """Take a map to RGB in [-1, 1], as they are mostly published."""
        rows = tuple((red / 2, green / 2, blue / 2) for red, green, blue in weight)
        red, green, blue = bias
        return cls(rows, ((red + 1) / 2, (green + 1) / 2, (blue + 1) / 2))

    @classmethod
    def grey(cls, channels: int) -> Self:
        """Give the map for latents of which none is known: the sum of the channels, in grey."""
        return cls(((0.5 / channels**0.5,) * 3,) * channels, (0.5,) * 3)

    def picture(self, latents: Tensor) -> Image.Image:
        """Draw latents (1, channels, h, w) as a picture of h x w pixels."""
        channels_last = latents[0].permute(1, 2, 0).float().cpu().numpy()
        rgb = channels_last @ np.array(self.weight, np.float32) + np.array(self.bias, np.float32)
        return Image.fromarray((np.nan_to_num(rgb).clip(0, 1) * 255).round().astype(np.uint8))
