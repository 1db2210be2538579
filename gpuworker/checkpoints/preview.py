"""A cheap look at latents: a linear map from their channels to red, green and blue."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Self

import torch
from PIL import Image
from torch import Tensor

from gpuworker.checkpoints.errors import CheckpointError
from gpuworker.checkpoints.weights import read_json


@dataclass(frozen=True, eq=False)
class Preview:
    """RGB in [0, 1] is `latents @ weight + bias`, for latents scaled as the UNet sees them.

    `weight` is (channels, 3), `bias` (3,).
    """

    weight: Tensor
    bias: Tensor

    @classmethod
    def read(cls, file: Path, channels: int) -> Self:
        """Read `{"weight": a row of 3 for each channel, "bias": 3 numbers}`. Raises `CheckpointError`."""
        values = read_json(file)
        try:
            weight, bias = torch.tensor(values["weight"]).float(), torch.tensor(values["bias"]).float()
            return cls(weight.reshape(channels, 3), bias.reshape(3))
        except (KeyError, ValueError, TypeError, RuntimeError) as error:
            raise CheckpointError(
                f"{file} must hold a weight of {channels} rows of 3 and a bias of 3: mend it."
            ) from error

    @classmethod
    def grey(cls, channels: int) -> Self:
        """Where no map is known: the sum of the channels, which shows shapes and no colours."""
        return cls(torch.full((channels, 3), 0.5 / channels**0.5), torch.full((3,), 0.5))

    def picture(self, latents: Tensor) -> Image.Image:
        """Latents (1, channels, h, w) to a picture of h x w pixels."""
        rgb = latents[0].permute(1, 2, 0).float().cpu() @ self.weight + self.bias
        return Image.fromarray(rgb.nan_to_num().clamp(0, 1).mul(255).round().to(torch.uint8).numpy())


SD1 = Preview(
    # Found by Kevin Turner for Stable Diffusion 1.4, for RGB in [-1, 1]:
    # https://discuss.huggingface.co/t/decoding-latents-to-rgb-without-upscaling/23204
    weight=torch.tensor(
        [
            [0.298, 0.207, 0.208],
            [0.187, 0.286, 0.173],
            [-0.158, 0.189, 0.264],
            [-0.184, -0.271, -0.473],
        ]
    )
    / 2,
    bias=torch.full((3,), 0.5),
)
"""For every checkpoint with the autoencoder of Stable Diffusion 1.x, which 2.x kept."""

SDXL = Preview(
    # As published with ComfyUI (comfy/latent_formats.py), for RGB in [-1, 1].
    weight=torch.tensor(
        [
            [0.3651, 0.4232, 0.4341],
            [-0.2533, -0.0042, 0.1068],
            [0.1076, 0.1111, -0.0362],
            [-0.3165, -0.2492, -0.2188],
        ]
    )
    / 2,
    bias=(torch.tensor([0.1084, -0.0175, -0.0011]) + 1) / 2,
)
"""For checkpoints with the autoencoder of Stable Diffusion XL."""
