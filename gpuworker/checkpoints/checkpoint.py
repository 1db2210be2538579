"""A loaded checkpoint: the networks of one Stable Diffusion model, and what is known about them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from transformers import CLIPTextModel, CLIPTokenizer

from gpuworker.checkpoints.preview import Preview


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """The networks are on `device`, of `dtype` and in evaluation mode.

    `hash` is the SHA-256 of the UNet's weight files, or of the whole single file, in hexadecimal.
    `scheduler_config` is diffusers' configuration of the noise schedule and of what the UNet predicts.
    """

    name: str
    hash: str
    device: torch.device
    dtype: torch.dtype
    unet: UNet2DConditionModel
    vae: AutoencoderKL
    text_encoder: CLIPTextModel
    tokenizer: CLIPTokenizer
    scheduler_config: Mapping[str, Any]
    preview: Preview

    @property
    def short_hash(self) -> str:
        """The first 10 digits, as A1111 writes them into a picture's `parameters`."""
        return self.hash[:10]

    @property
    def pixels_per_latent(self) -> int:
        """Pixels along a side that one latent stands for: 8 in Stable Diffusion."""
        return int(2 ** (len(self.vae.config.block_out_channels) - 1))
