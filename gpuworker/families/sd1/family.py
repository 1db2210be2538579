"""The record of Stable Diffusion 1.x."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from gpuworker.families.family import Family, SingleFile
from gpuworker.families.preview import Preview
from gpuworker.families.stable_diffusion import LDM_PREFIXES, NETWORKS, OPENAI_PADDING, PIPELINES

if TYPE_CHECKING:
    from gpuworker.families.model import Model


def _new_model(**parts: Any) -> Model:
    from gpuworker.families.sd1.model import StableDiffusion1

    return StableDiffusion1(**parts)


SD1 = Family(
    name="sd1",
    title="Stable Diffusion 1.x",
    pipelines=PIPELINES,
    detect=lambda unet: not unet.get("use_linear_projection"),
    networks=NETWORKS,
    tokenizers={"tokenizer": OPENAI_PADDING},
    side=512,
    new_model=_new_model,
    clip_skip=1,
    # Found by Kevin Turner for Stable Diffusion 1.4, for RGB in [-1, 1]:
    # https://discuss.huggingface.co/t/decoding-latents-to-rgb-without-upscaling/23204
    preview=Preview.of_signed_rgb(
        weight=(
            (0.298, 0.207, 0.208),
            (0.187, 0.286, 0.173),
            (-0.158, 0.189, 0.264),
            (-0.184, -0.271, -0.473),
        ),
        bias=(0.0, 0.0, 0.0),
    ),
    single_file=SingleFile(
        prefixes=("cond_stage_model.transformer.", *LDM_PREFIXES),
        published=Path(__file__).parent / "published",
    ),
)
