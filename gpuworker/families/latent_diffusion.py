"""What the models of all Stable Diffusions share: a UNet that works on the latents of an autoencoder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from diffusers.models.embeddings import get_timestep_embedding
from torch import Tensor
from transformers import CLIPTextModel, CLIPTokenizer

from gpuworker.families.autoencoder import Autoencoder
from gpuworker.families.model import Rows

_WHOLE, _TILE = 128, 64
"""Cells a side: of the largest empty picture that is encoded whole, and of the tiles of larger ones."""


@dataclass(frozen=True, eq=False)
class LatentDiffusion:
    """A UNet, an autoencoder and a text tower (Rombach et al., arXiv 2112.10752).

    `layers_skipped` are layers at the end of the text tower that the UNet was trained without, beside those
    that its family leaves out: 1 for the CLIP skip of 2 that most anime checkpoints of 1.x ask for.
    """

    unet: UNet2DConditionModel
    vae: AutoencoderKL
    text_encoder: CLIPTextModel
    tokenizer: CLIPTokenizer
    layers_skipped: int = field(default=0, kw_only=True)

    @property
    def networks(self) -> Mapping[str, Any]:
        """The networks by the names of their folders."""
        return {"unet": self.unet, "vae": self.vae, "text_encoder": self.text_encoder}

    @property
    def text_widths(self) -> tuple[int, ...]:
        """The width of a token's vector in each text tower."""
        towers = (tower for name, tower in self.networks.items() if name.startswith("text_encoder"))
        return tuple(int(tower.get_input_embeddings().embedding_dim) for tower in towers)

    @property
    def latent_channels(self) -> int:
        """The number of channels of the latents: 4 in the published checkpoints."""
        return int(self.vae.config.latent_channels)

    @property
    def autoencoder(self) -> Autoencoder:
        """The autoencoder, in two halves."""
        return Autoencoder(self.vae)

    @property
    def pixels_per_latent(self) -> int:
        """The width in pixels of the square that one latent stands for: 8 in the published checkpoints."""
        return self.autoencoder.pixels_per_latent

    @property
    def side(self) -> int:
        """The width and height in pixels of the pictures that the UNet was trained on."""
        return int(self.unet.config.sample_size) * self.pixels_per_latent

    @property
    def is_guidance_distilled(self) -> bool:
        """Whether the UNet takes the guidance scale as an input, instead of being run twice for a step.

        This is distillation as in Meng et al., arXiv 2210.03142; latent consistency models have it.
        """
        return self.unet.config.time_cond_proj_dim is not None

    @property
    def fills_masks(self) -> bool:
        """Whether the UNet takes a mask, and the latents of the picture without what is masked, too."""
        return int(self.unet.config.in_channels) == 2 * self.latent_channels + 1

    def added_conditioning(self, width: int, height: int, guidance_scale: float) -> Rows:
        """Give the embedding of the guidance scale, (1, width), and an empty canvas, if it takes them."""
        return *self._guidance(guidance_scale), *self._empty_canvas(width, height)

    def _guidance(self, guidance_scale: float) -> Rows:
        if not self.is_guidance_distilled:
            return ()
        scale = torch.tensor([1000 * (guidance_scale - 1)])
        embedded = get_timestep_embedding(scale, self.unet.config.time_cond_proj_dim, downscale_freq_shift=1)
        return (embedded.to(self.unet.device, self.unet.dtype),)

    def _empty_canvas(self, width: int, height: int) -> Rows:
        """Give `canvas` of a picture that is masked all over, made once for each size."""
        if not self.fills_masks:
            return ()
        if (width, height) not in self._empty_canvases:
            side = self.pixels_per_latent
            mask = torch.ones(1, 1, height // side, width // side, device=self.unet.device)
            nothing = torch.zeros(1, 3, height, width, device=self.unet.device)
            tile = None if max(width, height) <= _WHOLE * side else _TILE
            self._empty_canvases[width, height] = self.canvas(nothing, mask, tile)
        return (self._empty_canvases[width, height],)

    @cached_property
    def _empty_canvases(self) -> dict[tuple[int, int], Tensor]:
        return {}

    def canvas(self, pixels: Tensor, mask: Tensor, tile: int | None) -> Tensor:
        """Give what the UNet takes beside the latents, (1, 1 + channels, h, w): a mask and a masked picture.

        `pixels` (1, 3, height, width), -1 to 1, are 0 where they are masked, and `mask` (1, 1, h, w) is 1.
        """
        latents = self.encode(pixels, tile).to(mask.device)
        return torch.cat([mask.to(latents.dtype), latents], dim=1).to(self.unet.dtype)

    def _taken(self, latents: Tensor, conditioning: Rows) -> tuple[Tensor, Rows]:
        """Give what the UNet takes as latents, and the rest of the conditioning."""
        if not self.fills_masks:
            return latents, conditioning
        *rest, canvas = conditioning
        return torch.cat([latents, canvas], dim=1), tuple(rest)

    def decode(self, latents: Tensor, tile: int | None = None) -> Tensor:
        """Turn latents (n, channels, h, w) into pixels (n, 3, height, width), about -1 to 1."""
        return self.autoencoder.decode(latents, tile)

    def encode(self, pixels: Tensor, tile: int | None = None) -> Tensor:
        """Turn pixels (n, 3, height, width), -1 to 1, into the means of their latents (n, channels, h, w)."""
        return self.autoencoder.encode(pixels, tile)
