"""Checkpoints as large as the published ones, of random weights: as slow, and nothing to download."""

from __future__ import annotations

from pathlib import Path

import torch
from diffusers import (
    AutoencoderKL,
    DiffusionPipeline,
    EulerDiscreteScheduler,
    StableDiffusionPipeline,
    StableDiffusionXLPipeline,
    UNet2DConditionModel,
)
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

import gpuworker.checkpoints
from gpuworker.checkpoints.layouts import SDXL, Layout
from gpuworker.checkpoints.tokenizers import tokenizers_of

CONFIGURATIONS = Path(gpuworker.checkpoints.__file__).parent


def write_random(folder: Path, layout: Layout, device: torch.device) -> None:
    """A checkpoint in diffusers' layout, fp16, by the published configurations; drawn on the device."""
    published = CONFIGURATIONS / layout.family
    torch.manual_seed(0)
    with device:
        parts = {
            "unet": UNet2DConditionModel.from_config(UNet2DConditionModel.load_config(published / "unet")),
            "vae": AutoencoderKL.from_config(AutoencoderKL.load_config(published / "vae")),
            "text_encoder": CLIPTextModel(CLIPTextConfig.from_pretrained(published / "text_encoder")),
        }
        if layout is SDXL:
            second = CLIPTextConfig.from_pretrained(published / "text_encoder_2")
            parts["text_encoder_2"] = CLIPTextModelWithProjection(second)
    parts |= tokenizers_of(layout)
    parts["scheduler"] = EulerDiscreteScheduler.from_pretrained(published / "scheduler")
    pipeline: DiffusionPipeline
    if layout is SDXL:
        pipeline = StableDiffusionXLPipeline(**parts, add_watermarker=False)
    else:
        pipeline = StableDiffusionPipeline(
            **parts, safety_checker=None, feature_extractor=None, requires_safety_checker=False
        )
    pipeline.to(dtype=torch.float16).save_pretrained(folder)
