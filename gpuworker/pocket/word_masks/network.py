"""The pocket CLIPSeg, grown out of the pocket CLIP, and the folder that it is kept in."""

from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from transformers import (
    CLIPModel,
    CLIPSegConfig,
    CLIPSegForImageSegmentation,
    CLIPSegProcessor,
    CLIPTokenizer,
    ViTImageProcessor,
)

from gpuworker.pocket import WEIGHTS
from gpuworker.pocket.clip.network import WIDTH, save_half, tower_configs
from gpuworker.pocket.world.drawing import SIZE

CLIPSEG = WEIGHTS / "clipseg"
"""The CLIPSeg that ships with the package."""
PATCH = 8
"""Width and height of what one token sees, in pixels: half of those of the CLIP."""
_READ_LAYERS = (3,)
_REDUCED = WIDTH
_RARE = -4.0
_LOUDNESS = 5.0
_EMBEDDINGS = "vision_model.embeddings"


def new_word_masks(clip: CLIPModel, tokenizer: CLIPTokenizer) -> CLIPSegForImageSegmentation:
    """A CLIPSeg with the towers of `clip`, which see in smaller patches here, and a random decoder of 0.2 M.

    Hands are smaller than a patch of the CLIP. So its patches are begun as if each were seen twice as large,
    and its positions as those between (as in CLIPSeg, Lueddecke and Ecker, arXiv 2112.10003). It finds next
    to nothing at first: most of a picture is not what a phrase says.
    """
    config = CLIPSegConfig(
        **tower_configs(tokenizer, PATCH),
        projection_dim=WIDTH,
        extract_layers=_READ_LAYERS,
        reduce_dim=_REDUCED,
        decoder_intermediate_size=2 * _REDUCED,
    )
    masks = CLIPSegForImageSegmentation(config)
    inherited = clip.state_dict() | {
        f"{_EMBEDDINGS}.{name}": weight for name, weight in _smaller_patches(clip).items()
    }
    masks.clip.load_state_dict(inherited)
    (states,), pixels = masks.decoder.reduces, masks.decoder.transposed_convolution
    with torch.no_grad():
        # The tower's last states are as loud as this; left so, they would drown what the words say to them.
        nn.init.normal_(states.weight, std=WIDTH**-0.5 / _LOUDNESS)
        # One wide gate of words for all: with transformers' narrow one every phrase begins alike.
        nn.init.normal_(masks.decoder.film_mul.weight, std=WIDTH**-0.5)
        nn.init.ones_(masks.decoder.film_mul.bias)
        nn.init.normal_(pixels.weight, std=_REDUCED**-0.5 / PATCH)
        nn.init.constant_(pixels.bias, _RARE)
    return masks


def _smaller_patches(clip: CLIPModel) -> dict[str, Tensor]:
    """The weights of a CLIP's patch and position embeddings, for patches of `PATCH` pixels."""
    embeddings = clip.vision_model.embeddings
    kernel = embeddings.patch_embedding.weight
    finer = kernel.shape[-1] // PATCH
    middle, positions = embeddings.position_embedding.weight.split([1, embeddings.num_patches])
    side = SIZE // kernel.shape[-1]
    grid = positions.T.unflatten(1, (side, side))[None]
    between = F.interpolate(grid, scale_factor=finer, mode="bicubic", align_corners=False)
    return {
        "patch_embedding.weight": F.avg_pool2d(kernel, finer) * finer**2,
        "position_embedding.weight": torch.cat([middle, between[0].flatten(1).T]),
    }


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
