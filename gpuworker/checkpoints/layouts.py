"""Which parts a checkpoint of each family is made of, on disk. Read without loading torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_DIFFUSERS, _TRANSFORMERS = "diffusion_pytorch_model", "model"


@dataclass(frozen=True)
class Layout:
    """The parts of a family's checkpoints.

    `networks` maps the folder of each part that brings weights to the name that its files begin with;
    `prefixes` are those of the tensors in a single file, the first one found in no other family. `side` is
    the width and height, in pixels, of the pictures that the published checkpoints were trained on.
    """

    family: str
    title: str
    networks: Mapping[str, str]
    tokenizers: tuple[str, ...]
    prefixes: tuple[str, ...]
    side: int


_ONE_TOWER = {"unet": _DIFFUSERS, "vae": _DIFFUSERS, "text_encoder": _TRANSFORMERS}
_BODY = ("model.diffusion_model.", "first_stage_model.")

SD1 = Layout(
    family="sd1",
    title="Stable Diffusion 1.x",
    networks=_ONE_TOWER,
    tokenizers=("tokenizer",),
    prefixes=("cond_stage_model.transformer.", *_BODY),
    side=512,
)
SD2 = Layout(
    family="sd2",
    title="Stable Diffusion 2.x",
    networks=_ONE_TOWER,
    tokenizers=("tokenizer",),
    prefixes=("cond_stage_model.model.", *_BODY),
    side=768,
)
SDXL = Layout(
    family="sdxl",
    title="Stable Diffusion XL",
    networks={**_ONE_TOWER, "text_encoder_2": _TRANSFORMERS},
    tokenizers=("tokenizer", "tokenizer_2"),
    prefixes=("conditioner.embedders.1.model.", "conditioner.embedders.0.transformer.", *_BODY),
    side=1024,
)
LAYOUTS = (SD1, SD2, SDXL)
SERVED = "Darkroom serves text-to-image checkpoints of Stable Diffusion 1.x, 2.x and XL"


def layout_of_folder(model_index: Mapping[str, Any], unet: Mapping[str, Any]) -> Layout | None:
    """The layout of a folder, by its model_index.json and its UNet's configuration; None if not served."""
    match model_index.get("_class_name"):
        case "StableDiffusionPipeline" | "LatentConsistencyModelPipeline":
            return SD2 if unet.get("use_linear_projection") else SD1
        case "StableDiffusionXLPipeline":
            return SDXL
    return None


def layout_of_file(names: set[str]) -> Layout | None:
    """The layout of a single file, by the names of its tensors; None if not served."""
    for layout in LAYOUTS:
        if any(name.startswith(layout.prefixes[0]) for name in names):
            return layout
    return None
