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

from pocket import WEIGHTS
from pocket.clip.network import WIDTH, save_half, tower_configs
from pocket.world.drawing import SIZE

CLIPSEG = WEIGHTS / "clipseg"
"""The CLIPSeg that ships with the package."""
PATCH = 8
"""Width and height of what one token sees, in pixels: half of those of the CLIP."""
_READ_LAYERS = (3,)
_REDUCED = WIDTH
_RARE = -3.0
_ADDED = 0.3
_FAINT = 0.02
"""Of the mean variance. What is fainter stays so, as it may be noise."""
_EMBEDDINGS = "vision_model.embeddings"


def new_word_masks(clip: CLIPModel, tokenizer: CLIPTokenizer) -> CLIPSegForImageSegmentation:
    """Make a CLIPSeg with the towers of `clip`, in smaller patches, and a random decoder of 0.4 M.

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
        use_complex_transposed_convolution=True,
    )
    masks = CLIPSegForImageSegmentation(config)
    inherited = clip.state_dict() | {
        f"{_EMBEDDINGS}.{name}": weight for name, weight in _smaller_patches(clip).items()
    }
    masks.clip.load_state_dict(inherited)
    mixing, _, finer, _, finest = masks.decoder.transposed_convolution
    with torch.no_grad():
        # torch begins these as if each pixel were fed by all of a kernel; it is fed by one of its weights.
        nn.init.kaiming_normal_(mixing.weight)
        nn.init.normal_(finer.weight, std=(2 / finer.in_channels) ** 0.5)
        nn.init.normal_(finest.weight, std=(2 / finest.in_channels) ** 0.5 / 2)
        for convolution, bias in ((mixing, 0.0), (finer, 0.0), (finest, _RARE)):
            nn.init.constant_(convolution.bias, bias)
    return masks


def open_decoder(masks: CLIPSegForImageSegmentation, tokens: Tensor, words: Tensor) -> None:
    """Begin the decoder with ears for what its towers say: many `tokens` and `words`, (N, WIDTH) each.

    Left alone, the few directions in which all phrases differ most, and all tokens, drown the others, and it
    takes most of a training to tell a red house from a blue one. So every channel begins to hear a mixture
    of directions that are equally loud (as in data-dependent initialisation, Mishkin and Matas, arXiv
    1511.06422), and words begin by multiplying tokens by numbers around one.
    """
    (reduce,) = masks.decoder.reduces
    _whiten(reduce, tokens, gain=1.0, middle=0.0)
    _whiten(masks.decoder.film_mul, words, gain=1.0, middle=1.0)
    _whiten(masks.decoder.film_add, words, gain=_ADDED, middle=0.0)


@torch.no_grad()
def _whiten(layer: nn.Linear, heard: Tensor, gain: float, middle: float) -> None:
    """Have a square layer's outputs for what is `heard` be uncorrelated, about `middle`, `gain` wide."""
    mean = heard.mean(0)
    covariance = torch.cov(heard.T, correction=0)
    spread, directions = torch.linalg.eigh(covariance)
    level = (spread + _FAINT * spread.mean()).rsqrt()
    mixture = nn.init.orthogonal_(torch.empty_like(layer.weight))
    layer.weight.copy_(gain * mixture @ (level[:, None] * directions.T))
    layer.bias.copy_(middle - layer.weight @ mean)


def _smaller_patches(clip: CLIPModel) -> dict[str, Tensor]:
    """Give the weights of a CLIP's patch and position embeddings, for patches of `PATCH` pixels."""
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
