"""What the records of Stable Diffusion's families have in common."""

from __future__ import annotations

from gpuworker.families.family import Network

PIPELINES = (
    "StableDiffusionPipeline",
    "LatentConsistencyModelPipeline",
    "StableDiffusionInpaintPipeline",
)
"""Of 1.x and 2.x."""
NETWORKS = {
    "unet": Network("diffusers", "UNet2DConditionModel"),
    "vae": Network("diffusers", "AutoencoderKL"),
    "text_encoder": Network("transformers", "CLIPTextModel"),
}
OPENAI_PADDING, OPENCLIP_PADDING = "<|endoftext|>", "!"
"""OpenCLIP pads with token 0, which is the exclamation mark."""
LDM_PREFIXES = ("model.diffusion_model.", "first_stage_model.")
"""Of the UNet's and the autoencoder's tensors in single files."""
