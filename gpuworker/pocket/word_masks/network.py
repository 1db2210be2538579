"""The pocket CLIPSeg, grown out of the pocket CLIP, and the folder that it is kept in."""

from pathlib import Path

import torch
from torch import nn
from transformers import (
    CLIPModel,
    CLIPSegConfig,
    CLIPSegForImageSegmentation,
    CLIPSegProcessor,
    CLIPTokenizer,
    ViTImageProcessor,
)

from gpuworker.pocket import WEIGHTS
from gpuworker.pocket.clip.network import WIDTH, save_half, tower_configs, waves
from gpuworker.pocket.world.drawing import SIZE

CLIPSEG = WEIGHTS / "clipseg"
"""The CLIPSeg that ships with the package."""
_PATCH = 8
_READ_LAYERS = (1, 2, 3)
_REDUCED = 64
_RARE = -4.0


def new_word_masks(clip: CLIPModel, tokenizer: CLIPTokenizer) -> CLIPSegForImageSegmentation:
    """A CLIPSeg with the towers of `clip`, which see in smaller patches here, and a random decoder of 0.2 M.

    Hands are smaller than a patch of the CLIP. It finds next to nothing at first: most of a picture is not
    what a phrase says.
    """
    config = CLIPSegConfig(
        **tower_configs(tokenizer, _PATCH),
        projection_dim=WIDTH,
        extract_layers=_READ_LAYERS,
        reduce_dim=_REDUCED,
        decoder_intermediate_size=2 * _REDUCED,
    )
    masks = CLIPSegForImageSegmentation(config)
    inherited = {
        name: weight for name, weight in clip.state_dict().items() if "vision_model.embeddings" not in name
    }
    masks.clip.load_state_dict(inherited, strict=False)
    pixels = masks.decoder.transposed_convolution
    with torch.no_grad():
        masks.clip.vision_model.embeddings.position_embedding.weight[1:] = waves(SIZE // _PATCH) / 2
        # One wide gate of words for all: with transformers' narrow one every phrase begins alike.
        nn.init.normal_(masks.decoder.film_mul.weight, std=WIDTH**-0.5)
        nn.init.ones_(masks.decoder.film_mul.bias)
        nn.init.normal_(pixels.weight, std=_REDUCED**-0.5 / _PATCH)
        nn.init.constant_(pixels.bias, _RARE)
    return masks


def new_processor(tokenizer: CLIPTokenizer) -> CLIPSegProcessor:
    """Scales pictures of any shape to 128 x 128 pixels, and maps colours to [-1, 1]."""
    middle = [0.5, 0.5, 0.5]
    size = {"height": SIZE, "width": SIZE}
    return CLIPSegProcessor(ViTImageProcessor(size=size, image_mean=middle, image_std=middle), tokenizer)


def save_word_masks(
    masks: CLIPSegForImageSegmentation, tokenizer: CLIPTokenizer, folder: Path = CLIPSEG
) -> None:
    """Write the folder that CLIPSegForImageSegmentation and CLIPSegProcessor load."""
    new_processor(tokenizer).save_pretrained(folder)
    save_half(masks, tokenizer, folder)
