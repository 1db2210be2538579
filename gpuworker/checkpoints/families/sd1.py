"""Stable Diffusion 1.x: the text tower of CLIP ViT-L/14, and its last states."""

from __future__ import annotations

from torch import Tensor

from gpuworker.checkpoints.families.family import Rows
from gpuworker.checkpoints.families.latent import LatentDiffusion, tokens_of
from gpuworker.checkpoints.preview import SD1


class StableDiffusion1(LatentDiffusion):
    """The UNet reads one text tower."""

    preview = SD1

    def encode_prompt(self, prompt: str) -> Rows:
        """The text tower's states, (1, 77, width)."""
        return (self.text_encoder(tokens_of(prompt, self.tokenizer, self.text_encoder))[0],)

    def denoise(
        self, latents: Tensor, timesteps: Tensor, prompts: Tensor, told: Tensor | None = None
    ) -> Tensor:
        """What the UNet predicts, noise or velocity, as the scheduler's configuration says."""
        predicted: Tensor = self.unet(latents, timesteps, prompts, timestep_cond=told, return_dict=False)[0]
        return predicted
