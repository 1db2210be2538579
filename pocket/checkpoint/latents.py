"""Latents of the corpus, in the scale that the denoiser sees."""

import logging
from pathlib import Path

import torch
from diffusers import AutoencoderKL
from torch import Tensor
from torch.nn import functional as F

from pocket.corpus import Corpus
from pocket.tensors import to_tensor

log = logging.getLogger(__name__)

SCALING_FACTOR = 0.18215
"""Stable Diffusion 1.x's own, so that tools which have it written in them work."""
PIXELS_PER_LATENT = 4
"""Pixels along a side that one latent stands for."""
_MEASURED_ON = 512


@torch.no_grad()
def normalise(vae: AutoencoderKL, corpus: Corpus, device: str) -> None:
    """Give each channel of the latents, times SCALING_FACTOR, mean 0 and deviation 1, in place.

    The shift and scale go into the convolutions on both sides of the latents, so decoded pictures stay
    the same. Doing it twice changes nothing.
    """
    pictures = to_tensor(corpus.pixels[:_MEASURED_ON])
    means = torch.cat([vae.encode(part.to(device)).latent_dist.mean for part in torch.split(pictures, 64)])
    shift = means.mean((0, 2, 3))
    scale = means.std((0, 2, 3)) * SCALING_FACTOR
    log.info("latents had mean %s and deviation %s", shift.tolist(), (scale / SCALING_FACTOR).tolist())
    into, out = vae.quant_conv, vae.post_quant_conv
    channels = len(shift)
    # The first half of the moments are the means, the second half the logarithms of the variances.
    into.weight[:channels] /= scale[:, None, None, None]
    into.bias[:channels] = (into.bias[:channels] - shift) / scale
    into.bias[channels:] -= 2 * scale.log()
    out.bias += out.weight[:, :, 0, 0] @ shift
    out.weight *= scale[None, :, None, None]
    vae.register_to_config(scaling_factor=SCALING_FACTOR)


@torch.no_grad()
def load_latents(vae: AutoencoderKL, corpus: Corpus, folder: Path, device: str) -> Tensor:
    """float16 (N, 4, H, W), deviation about 1; encoded now if `folder` has none for this corpus."""
    path = folder / f"latents-{corpus.pixels.shape[1]}-{len(corpus)}.pt"
    if not path.exists():
        parts = []
        for start in range(0, len(corpus), 32):
            pictures = to_tensor(corpus.pixels[start : start + 32]).to(device)
            parts.append((vae.encode(pictures).latent_dist.mean * SCALING_FACTOR).half().cpu())
        torch.save(torch.cat(parts), path)
    latents: Tensor = torch.load(path, weights_only=True)
    return latents


def fit_preview(latents: Tensor, corpus: Corpus) -> dict[str, list[list[float]] | list[float]]:
    """Give the linear map from scaled latents to RGB in [0, 1] at their size, by least squares.

    Returns `weight`, a row of three for each of the four channels, and `bias`, of three.
    """
    count = min(_MEASURED_ON, len(corpus))
    cells = latents[:count].float().permute(0, 2, 3, 1).reshape(-1, 4)
    small = F.adaptive_avg_pool2d(to_tensor(corpus.pixels[:count]), latents.shape[-1]) / 2 + 0.5
    colours = small.permute(0, 2, 3, 1).reshape(-1, 3)
    inputs = torch.cat([cells, torch.ones(len(cells), 1)], dim=1)
    solution = torch.linalg.lstsq(inputs, colours).solution
    return {
        "weight": solution[:4].double().numpy().round(4).tolist(),
        "bias": solution[4].double().numpy().round(4).tolist(),
    }
