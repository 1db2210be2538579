"""The pocket CLIP's two towers, and the folder that they are kept in."""

import json
from pathlib import Path

import torch
from torch import Tensor
from transformers import (
    CLIPConfig,
    CLIPImageProcessor,
    CLIPModel,
    CLIPProcessor,
    CLIPTokenizer,
    PreTrainedModel,
)

from pocket import WEIGHTS
from pocket.checkpoint.tokenizer import LENGTH, save_tokenizer
from pocket.clip.vocabulary import write_vocabulary
from pocket.world.drawing import SIZE

CLIP = WEIGHTS / "clip"
"""The CLIP that ships with the package."""
PATCH = 16
"""Width and height of what one token of the image tower sees, in pixels."""
WIDTH = 128
"""Of both towers, and of the vectors that they agree on."""
_TOWER = {
    "hidden_size": WIDTH,
    "intermediate_size": 2 * WIDTH,
    "num_hidden_layers": 4,
    "num_attention_heads": 4,
    "projection_dim": WIDTH,
    "hidden_act": "gelu",
}


def tower_configs(tokenizer: CLIPTokenizer, patch: int = PATCH) -> dict[str, dict[str, object]]:
    """`text_config` and `vision_config`, for CLIP and whatever is built upon it."""
    text = {
        "vocab_size": len(tokenizer),
        "max_position_embeddings": LENGTH,
        "bos_token_id": tokenizer.bos_token_id,
        "eos_token_id": tokenizer.eos_token_id,
        "pad_token_id": tokenizer.pad_token_id,
    }
    vision = {"image_size": SIZE, "patch_size": patch}
    return {"text_config": _TOWER | text, "vision_config": _TOWER | vision}


def new_clip(tokenizer: CLIPTokenizer, patch: int = PATCH) -> CLIPModel:
    """Give a CLIP of 1.4 M random weights whose image tower starts with a sense of where its tokens are.

    Waves for positions (He et al., arXiv 2111.06377) and equal queries and keys (Trockman and Kolter,
    arXiv 2305.09828) have each token look at its neighbours first. Without them a small tower spends most of
    its training on finding out that pictures are flat.
    """
    clip = CLIPModel(CLIPConfig(**tower_configs(tokenizer, patch), projection_dim=WIDTH))
    vision = clip.vision_model
    with torch.no_grad():
        vision.embeddings.position_embedding.weight[1:] = waves(SIZE // patch) / 2
        for layer in vision.encoder.layers:
            torch.nn.init.normal_(layer.self_attn.q_proj.weight, std=WIDTH**-0.5)
            layer.self_attn.k_proj.weight.copy_(layer.self_attn.q_proj.weight)
    return clip


def waves(cells: int) -> Tensor:
    """Give sines and cosines (cells * cells, WIDTH) of rows and columns at `WIDTH / 4` frequencies."""
    turns = torch.arange(cells)[:, None] / 100 ** torch.linspace(0, 1, WIDTH // 4)
    line = torch.cat([turns.sin(), turns.cos()], dim=1)
    return torch.cat([line.repeat_interleave(cells, 0), line.repeat(cells, 1)], dim=1)


def new_processor(tokenizer: CLIPTokenizer) -> CLIPProcessor:
    """Scales the shorter side to 128 pixels, keeps the middle, and maps colours to [-1, 1]."""
    middle = [0.5, 0.5, 0.5]
    pictures = CLIPImageProcessor(
        size={"shortest_edge": SIZE}, crop_size=SIZE, image_mean=middle, image_std=middle
    )
    return CLIPProcessor(pictures, tokenizer)


def save_half(model: PreTrainedModel, tokenizer: CLIPTokenizer, folder: Path) -> None:
    """Write a model in half precision, to be loaded in full, and its tokenizer in all forms."""
    halves = {name: weight.half().contiguous().cpu() for name, weight in model.state_dict().items()}
    model.save_pretrained(folder, state_dict=halves)
    save_tokenizer(tokenizer, folder)
    # A loader that is not told a dtype takes it from here, and half precision crawls on a CPU.
    file = folder / "config.json"
    settings = json.loads(file.read_text()) | {"dtype": str(torch.float32).removeprefix("torch.")}
    file.write_text(json.dumps(settings, indent=2) + "\n")


def save_clip(clip: CLIPModel, tokenizer: CLIPTokenizer, folder: Path = CLIP) -> None:
    """Write the folder that CLIPModel and CLIPProcessor load, and the phrases to ask it for."""
    new_processor(tokenizer).save_pretrained(folder)
    save_half(clip, tokenizer, folder)
    write_vocabulary(folder / "vocabulary.txt")
