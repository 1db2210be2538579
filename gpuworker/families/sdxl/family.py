"""The record of Stable Diffusion XL."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from gpuworker.families.family import Family, Network, SingleFile
from gpuworker.families.preview import Preview
from gpuworker.families.stable_diffusion import (
    LDM_PREFIXES,
    NETWORKS,
    OPENAI_PADDING,
    OPENCLIP_PADDING,
)

if TYPE_CHECKING:
    from gpuworker.families.model import Model


def _new_model(**parts: Any) -> Model:
    from gpuworker.families.sdxl.model import StableDiffusionXL

    return StableDiffusionXL(**parts)


SDXL = Family(
    name="sdxl",
    title="Stable Diffusion XL",
    pipelines=("StableDiffusionXLPipeline", "StableDiffusionXLInpaintPipeline"),
    networks={**NETWORKS, "text_encoder_2": Network("transformers", "CLIPTextModelWithProjection")},
    # The first tower is that of 1.x.
    tokenizers={"tokenizer": OPENAI_PADDING, "tokenizer_2": OPENCLIP_PADDING},
    side=1024,
    new_model=_new_model,
    clip_skip=2,
    pipeline_options={"force_zeros_for_empty_prompt": True},
    added_conditioning="text_time",
    upcasts_autoencoder=True,
    # As published with ComfyUI (comfy/latent_formats.py), for RGB in [-1, 1].
    preview=Preview.of_signed_rgb(
        weight=(
            (0.3651, 0.4232, 0.4341),
            (-0.2533, -0.0042, 0.1068),
            (0.1076, 0.1111, -0.0362),
            (-0.3165, -0.2492, -0.2188),
        ),
        bias=(0.1084, -0.0175, -0.0011),
    ),
    single_file=SingleFile(
        prefixes=("conditioner.embedders.1.model.", "conditioner.embedders.0.transformer.", *LDM_PREFIXES),
        published=Path(__file__).parent / "published",
    ),
)
