"""Writes a trained checkpoint as a folder in the layout of diffusers."""

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import torch
from diffusers import AutoencoderKL, SchedulerMixin, StableDiffusionPipeline, UNet2DConditionModel
from transformers import CLIPTextModel, CLIPTokenizer

from gpuworker.pocket.checkpoint.tokenizer import save_tokenizer


def export(
    folder: Path,
    vae: AutoencoderKL,
    tower: CLIPTextModel,
    tokenizer: CLIPTokenizer,
    unet: UNet2DConditionModel,
    scheduler: SchedulerMixin,
    preview: dict[str, Any],
) -> None:
    """Write half-precision weights that `StableDiffusionPipeline.from_pretrained(folder)` loads.

    `preview` goes to preview.json: the linear map from scaled latents to RGB for cheap previews.
    """
    pipeline = StableDiffusionPipeline(
        vae=deepcopy(vae).half(),
        text_encoder=deepcopy(tower).half(),
        tokenizer=tokenizer,
        unet=deepcopy(unet).half(),
        scheduler=scheduler,
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )
    pipeline.save_pretrained(folder, safe_serialization=True)
    save_tokenizer(tokenizer, folder / "tokenizer")
    # A loader that is not told a dtype takes transformers' from this file and diffusers' to be float32:
    # without this, a half-precision text tower would meet a float UNet.
    config = folder / "text_encoder" / "config.json"
    settings = json.loads(config.read_text()) | {"dtype": str(torch.float32).removeprefix("torch.")}
    config.write_text(json.dumps(settings, indent=2) + "\n")
    (folder / "preview.json").write_text(json.dumps(preview, indent=2) + "\n")
