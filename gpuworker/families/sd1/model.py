"""The model of Stable Diffusion 1.x and 2.x: one text tower and a UNet."""

from __future__ import annotations

from torch import Tensor

from gpuworker.families.latent_diffusion import LatentDiffusion
from gpuworker.families.model import Rows, WeightedText
from gpuworker.families.text_encoding import encode
from storage.weighting import Weighting


class StableDiffusion1(LatentDiffusion):
    """A UNet that attends to the last states of one text tower; in 1.x that is CLIP ViT-L/14's."""

    def encode_prompt(self, text: WeightedText, weighting: Weighting = Weighting.DARKROOM) -> Rows:
        """Give the text tower's states, (1, 77 * chunks, width)."""
        return encode(text, self.tokenizer, self.text_encoder, self._run, weighting=weighting)

    def _run(self, tokens: Tensor, mask: Tensor | None) -> Rows:
        if not self.layers_skipped:
            return (self.text_encoder(tokens, attention_mask=mask)[0],)
        found = self.text_encoder(tokens, attention_mask=mask, output_hidden_states=True)
        # Older releases of transformers wrap the tower once more.
        tower = getattr(self.text_encoder, "text_model", self.text_encoder)
        return (tower.final_layer_norm(found.hidden_states[-1 - self.layers_skipped]),)

    def denoise(self, latents: Tensor, timesteps: Tensor, *conditioning: Tensor) -> Tensor:
        """Predict noise or velocity, as the scheduler's configuration says."""
        latents, conditioning = self._taken(latents, conditioning)
        states, *guidance = conditioning
        predicted: Tensor = self.unet(
            latents,
            timesteps,
            states,
            timestep_cond=guidance[0] if guidance else None,
            return_dict=False,
        )[0]
        return predicted
