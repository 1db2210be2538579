"""Writes a trained checkpoint as a folder in the layout of diffusers."""

import json
from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import torch
from diffusers import (
    AutoencoderKL,
    DiffusionPipeline,
    SchedulerMixin,
    StableDiffusionPipeline,
    StableDiffusionXLPipeline,
    UNet2DConditionModel,
)
from transformers import CLIPTokenizer

from pocket.checkpoint.prompts import Prompts, Tower
from pocket.checkpoint.tokenizer import save_tokenizer

_ORIGIN = ("_name_or_path", "is_local", "local_files_only")


class Parts(NamedTuple):
    """What a checkpoint's folder holds; see `export` for `preview`."""

    vae: AutoencoderKL
    unet: UNet2DConditionModel
    towers: list[Tower]
    tokenizers: list[CLIPTokenizer]
    preview: dict[str, Any]


def load_parts(folder: Path) -> Parts:
    """Give the parts that `export` wrote, in float32."""
    pipeline = DiffusionPipeline.from_pretrained(folder)
    suffixes = [suffix for suffix in ("", "_2") if f"tokenizer{suffix}" in pipeline.components]
    return Parts(
        pipeline.vae,
        pipeline.unet,
        [pipeline.components[f"text_encoder{suffix}"] for suffix in suffixes],
        [pipeline.components[f"tokenizer{suffix}"] for suffix in suffixes],
        json.loads((folder / "preview.json").read_text()),
    )


def export(
    folder: Path,
    vae: AutoencoderKL,
    prompts: Prompts,
    unet: UNet2DConditionModel,
    scheduler: SchedulerMixin,
    preview: dict[str, Any],
) -> None:
    """Write half-precision weights that `DiffusionPipeline.from_pretrained(folder)` loads.

    Two text towers make it a Stable Diffusion XL. `preview` goes to preview.json: the linear map from scaled
    latents to RGB for cheap previews.
    """
    parts = {"vae": deepcopy(vae).half(), "unet": deepcopy(unet).half(), "scheduler": scheduler}
    suffixes = [f"_{place}" if place > 1 else "" for place in range(1, len(prompts.towers) + 1)]
    for suffix, tower, tokenizer in zip(suffixes, prompts.towers, prompts.tokenizers, strict=True):
        parts |= {f"text_encoder{suffix}": deepcopy(tower).half(), f"tokenizer{suffix}": tokenizer}
    _pipeline(parts).save_pretrained(folder, safe_serialization=True)
    for suffix, tokenizer in zip(suffixes, prompts.tokenizers, strict=True):
        save_tokenizer(tokenizer, folder / f"tokenizer{suffix}")
        # A loader that is not told a dtype takes transformers' from this file and diffusers' to be float32:
        # without this, a half-precision text tower would meet a float UNet.
        _rewrite(
            folder / f"text_encoder{suffix}" / "config.json",
            {"dtype": str(torch.float32).removeprefix("torch.")},
        )
        _rewrite(folder / f"tokenizer{suffix}" / "tokenizer_config.json")
    _rewrite(folder / "vae" / "config.json")
    (folder / "preview.json").write_text(json.dumps(preview, indent=2) + "\n")


def _rewrite(config: Path, told: Mapping[str, Any] = MappingProxyType({})) -> None:
    """Add settings to a file of them, and take out those that say from where a part was loaded."""
    settings = {key: value for key, value in json.loads(config.read_text()).items() if key not in _ORIGIN}
    config.write_text(json.dumps({**settings, **told}, indent=2) + "\n")


def _pipeline(parts: dict[str, Any]) -> DiffusionPipeline:
    if "text_encoder_2" in parts:
        return StableDiffusionXLPipeline(**parts, force_zeros_for_empty_prompt=True, add_watermarker=False)
    return StableDiffusionPipeline(
        **parts, safety_checker=None, feature_extractor=None, requires_safety_checker=False
    )
