"""Stable Diffusion XL: two text towers side by side, and a UNet that is told the size of the picture."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from diffusers import DDIMScheduler, StableDiffusionXLPipeline
from torch import Tensor
from transformers import CLIPTextModelWithProjection, CLIPTokenizer

from gpuworker.checkpoints.families.latent import LatentDiffusion
from gpuworker.checkpoints.families.model import Rows, WeightedText
from gpuworker.checkpoints.families.text_encoding import encode
from gpuworker.checkpoints.preview import SDXL


@dataclass(frozen=True, eq=False)
class StableDiffusionXL(LatentDiffusion):
    """Podell et al., arXiv 2307.01952. `empty_is_zero`: an empty prompt is all zeros to the UNet."""

    text_encoder_2: CLIPTextModelWithProjection
    tokenizer_2: CLIPTokenizer
    empty_is_zero: bool

    family = "sdxl"
    preview = SDXL

    @property
    def networks(self) -> Mapping[str, Any]:
        """The networks by the names of their folders."""
        return {**super().networks, "text_encoder_2": self.text_encoder_2}

    def pipeline(self) -> Any:
        """Diffusers' pipeline of these very networks: what loads additions to them is part of it."""
        return StableDiffusionXLPipeline(
            **self.networks,
            tokenizer=self.tokenizer,
            tokenizer_2=self.tokenizer_2,
            scheduler=DDIMScheduler(steps_offset=1, clip_sample=False),
            add_watermarker=False,
        )

    def encode_prompt(self, text: WeightedText) -> Rows:
        """Both towers' states before the last layer, (1, 77 * chunks, width + width), and pooled (1, width).

        The pooled ones are the second tower's alone, and of the first chunk.
        """
        (first,) = encode(text, self.tokenizer, self.text_encoder, self._run_first)
        second, pooled = encode(text, self.tokenizer_2, self.text_encoder_2, self._run_second, 1)
        states = torch.cat([first, second], dim=-1)
        if self.empty_is_zero and not any(text):
            return torch.zeros_like(states), torch.zeros_like(pooled)
        return states, pooled

    def _run_first(self, tokens: Tensor, mask: Tensor | None) -> Rows:
        found = self.text_encoder(tokens, attention_mask=mask, output_hidden_states=True)
        return (found.hidden_states[-2],)

    def _run_second(self, tokens: Tensor, mask: Tensor | None) -> Rows:
        found = self.text_encoder_2(tokens, attention_mask=mask, output_hidden_states=True)
        return found.hidden_states[-2], found.text_embeds

    def added_conditioning(self, width: int, height: int, guidance_scale: float) -> Rows:
        """The size before it was cropped, where it was cropped, and the size: (1, 6), in pixels."""
        sizes = torch.tensor([[height, width, 0, 0, height, width]])
        return sizes.to(self.unet.device, self.unet.dtype), *super().added_conditioning(
            width, height, guidance_scale
        )

    def denoise(
        self,
        latents: Tensor,
        timesteps: Tensor,
        prompts: Tensor,
        pooled: Tensor,
        sizes: Tensor,
        told: Tensor | None = None,
    ) -> Tensor:
        """What the UNet predicts, noise or velocity, as the scheduler's configuration says."""
        predicted: Tensor = self.unet(
            latents,
            timesteps,
            prompts,
            timestep_cond=told,
            added_cond_kwargs={"text_embeds": pooled, "time_ids": sizes},
            return_dict=False,
        )[0]
        return predicted
