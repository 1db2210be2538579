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

    `weight` is (4, 3), `bias` (3,).
    """

    weight: Tensor
    bias: Tensor

    @classmethod
    def read(cls, file: Path) -> Self:
        """Read `{"weight": 4 rows of 3, "bias": 3 numbers}`. Raises `CheckpointError`."""
        values = read_json(file)
        try:
            weight, bias = torch.tensor(values["weight"]).float(), torch.tensor(values["bias"]).float()
            return cls(weight.reshape(4, 3), bias.reshape(3))
        except (KeyError, ValueError, TypeError, RuntimeError) as error:
            raise CheckpointError(
                f"{file} must hold a weight of 4 rows of 3 and a bias of 3: mend it."
            ) from error

    def picture(self, latents: Tensor) -> Image.Image:
        """Latents (1, 4, h, w) to a picture of h x w pixels."""
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
