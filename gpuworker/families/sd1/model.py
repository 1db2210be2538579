"""The model of Stable Diffusion 1.x and 2.x: one text tower and a UNet."""

from __future__ import annotations

from torch import Tensor

from gpuworker.families.latent_diffusion import LatentDiffusion
from gpuworker.families.model import Rows, WeightedText
from gpuworker.families.text_encoding import encode


class StableDiffusion1(LatentDiffusion):
    """A UNet that attends to the last states of one text tower; in 1.x that is CLIP ViT-L/14's."""

    def encode_prompt(self, text: WeightedText) -> Rows:
        """Give the text tower's states, (1, 77 * chunks, width)."""
        return encode(text, self.tokenizer, self.text_encoder, self._run)

    def _run(self, tokens: Tensor, mask: Tensor | None) -> Rows:
        return (self.text_encoder(tokens, attention_mask=mask)[0],)

    def denoise(self, latents: Tensor, timesteps: Tensor, *conditioning: Tensor) -> Tensor:
        """Predict noise or velocity, as the scheduler's configuration says."""
        states, *guidance = conditioning
        predicted: Tensor = self.unet(
            latents,
            timesteps,
            states,
            timestep_cond=guidance[0] if guidance else None,
            return_dict=False,
        )[0]
        return predicted
