"""The model of Stable Diffusion XL: two text towers, and a UNet that takes the picture's size."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from transformers import CLIPTextModelWithProjection, CLIPTokenizer

from gpuworker.families.latent_diffusion import LatentDiffusion
from gpuworker.families.model import Rows, WeightedText
from gpuworker.families.text_encoding import encode
from storage.weighting import Weighting


@dataclass(frozen=True, eq=False)
class StableDiffusionXL(LatentDiffusion):
    """Podell et al., arXiv 2307.01952.

    With `force_zeros_for_empty_prompt`, the encoding of an empty prompt is all zeros.
    """

    text_encoder_2: CLIPTextModelWithProjection
    tokenizer_2: CLIPTokenizer
    force_zeros_for_empty_prompt: bool

    @property
    def networks(self) -> Mapping[str, Any]:
        """The networks by the names of their folders."""
        return {**super().networks, "text_encoder_2": self.text_encoder_2}

    def encode_prompt(self, text: WeightedText, weighting: Weighting = Weighting.DARKROOM) -> Rows:
        """Give both towers' states before the last layer and the pooled state of the second one.

        They are (1, 77 * chunks, width + width) and (1, width); the pooled state is that of the first chunk.
        """
        (first,) = encode(text, self.tokenizer, self.text_encoder, self._run_first, weighting=weighting)
        second, pooled = encode(
            text, self.tokenizer_2, self.text_encoder_2, self._run_second, place=1, weighting=weighting
        )
        states = torch.cat([first, second], dim=-1)
        if self.force_zeros_for_empty_prompt and not any(text):
            return torch.zeros_like(states), torch.zeros_like(pooled)
        return states, pooled

    def _run_first(self, tokens: Tensor, mask: Tensor | None) -> Rows:
        found = self.text_encoder(tokens, attention_mask=mask, output_hidden_states=True)
        return (found.hidden_states[-2 - self.layers_skipped],)

    def _run_second(self, tokens: Tensor, mask: Tensor | None) -> Rows:
        found = self.text_encoder_2(tokens, attention_mask=mask, output_hidden_states=True)
        return found.hidden_states[-2 - self.layers_skipped], found.text_embeds

    def added_conditioning(self, width: int, height: int, guidance_scale: float) -> Rows:
        """Give the size before cropping, the corner that is cropped to, and the size: (1, 6), in pixels."""
        sizes = torch.tensor([[height, width, 0, 0, height, width]])
        return sizes.to(self.unet.device, self.unet.dtype), *super().added_conditioning(
            width, height, guidance_scale
        )

    def denoise(self, latents: Tensor, timesteps: Tensor, *conditioning: Tensor) -> Tensor:
        """Predict noise or velocity, as the scheduler's configuration says."""
        latents, conditioning = self._taken(latents, conditioning)
        states, pooled, sizes, *guidance = conditioning
        predicted: Tensor = self.unet(
            latents,
            timesteps,
            states,
            timestep_cond=guidance[0] if guidance else None,
            added_cond_kwargs={"text_embeds": pooled, "time_ids": sizes},
            return_dict=False,
        )[0]
        return predicted
