"""The record of Stable Diffusion 2.x: 1.x with the text tower of OpenCLIP ViT-H/14.

The UNet takes the states before the tower's last layer. The published towers leave that layer out and
normalise what comes before it. Noise or velocity (arXiv 2202.00512) is predicted, as the scheduler's
configuration says. All of that is in the configurations, so the model is that of 1.x.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from gpuworker.families.family import SingleFile
from gpuworker.families.sd1.family import SD1
from gpuworker.families.stable_diffusion import LDM_PREFIXES, OPENCLIP_PADDING

SD2 = replace(
    SD1,
    name="sd2",
    title="Stable Diffusion 2.x",
    detect=lambda unet: bool(unet.get("use_linear_projection")),
    tokenizers={"tokenizer": OPENCLIP_PADDING},
    side=768,
    clip_skip=2,
    side_of_noise=512,
    single_file=SingleFile(
        prefixes=("cond_stage_model.model.", *LDM_PREFIXES),
        published=Path(__file__).parent / "published",
    ),
)
