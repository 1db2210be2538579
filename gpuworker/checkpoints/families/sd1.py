"""Stable Diffusion 1.x: the text tower of CLIP ViT-L/14, and its last states."""

from __future__ import annotations

from torch import Tensor

from gpuworker.checkpoints.families.latent import LatentDiffusion
from gpuworker.checkpoints.families.model import Rows, WeightedText
from gpuworker.checkpoints.families.text_encoding import encode
from gpuworker.checkpoints.preview import SD1


class StableDiffusion1(LatentDiffusion):
    """The UNet reads one text tower."""

    family = "sd1"
    preview = SD1

    def encode_prompt(self, text: WeightedText) -> Rows:
        """The text tower's states, (1, 77 * chunks, width)."""
        return encode(text, self.tokenizer, self.text_encoder, self._run)

    def _run(self, tokens: Tensor, mask: Tensor | None) -> Rows:
        return (self.text_encoder(tokens, attention_mask=mask)[0],)

    def denoise(
        self, latents: Tensor, timesteps: Tensor, prompts: Tensor, told: Tensor | None = None
    ) -> Tensor:
        """What the UNet predicts, noise or velocity, as the scheduler's configuration says."""
        predicted: Tensor = self.unet(latents, timesteps, prompts, timestep_cond=told, return_dict=False)[0]
        return predicted
