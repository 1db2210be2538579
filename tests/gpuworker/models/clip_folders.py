"""Folders laid out like those of the big CLIP and CLIPSeg, with tiny networks of random weights."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from PIL import Image
from transformers import (
    CLIPConfig,
    CLIPImageProcessor,
    CLIPModel,
    CLIPProcessor,
    CLIPSegConfig,
    CLIPSegForImageSegmentation,
    CLIPSegProcessor,
    ViTImageProcessor,
)

from tests.gpuworker.tiny import new_tokenizer, new_tower

VISION = {
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 3,
    "num_attention_heads": 2,
    "image_size": 28,
    "patch_size": 14,
    "projection_dim": 24,
}


def write_clip(folder: Path) -> None:
    """ViT-L/14's layout, with the weights in shards."""
    tokenizer = new_tokenizer()
    text = new_tower(tokenizer).to_dict() | {"projection_dim": 24}
    torch.manual_seed(1)
    model = CLIPModel(CLIPConfig(text_config=text, vision_config=VISION, projection_dim=24))
    model.save_pretrained(folder, max_shard_size="50KB")
    size = {"shortest_edge": 28}
    CLIPProcessor(CLIPImageProcessor(size=size, crop_size=28), tokenizer).save_pretrained(folder)


def write_clipseg(folder: Path) -> None:
    """clipseg-rd64-refined's layout."""
    tokenizer = new_tokenizer()
    text = new_tower(tokenizer).to_dict() | {"projection_dim": 24}
    config = CLIPSegConfig(
        text_config=text,
        vision_config=VISION,
        projection_dim=24,
        extract_layers=(0, 1, 2),
        reduce_dim=8,
        decoder_intermediate_size=16,
        decoder_num_attention_heads=2,
    )
    torch.manual_seed(1)
    CLIPSegForImageSegmentation(config).save_pretrained(folder)
    size = {"height": 28, "width": 28}
    CLIPSegProcessor(ViTImageProcessor(size=size), tokenizer).save_pretrained(folder)


def pictures(count: int) -> list[Image.Image]:
    """Noise of several shapes and modes."""
    rng = np.random.default_rng(1)
    made = []
    for i in range(count):
        shape = (30 + 7 * i, 60 - 3 * i, 3)
        made.append(Image.fromarray(rng.integers(0, 256, shape, np.uint8)))
    return [picture.convert("RGBA") if i % 2 else picture for i, picture in enumerate(made)]
