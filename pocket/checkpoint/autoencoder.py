"""Trains the pocket checkpoints' autoencoder: pictures of 128 px to latents of 32 x 32 x 4 and back."""

import logging
from pathlib import Path
from typing import Any

import numpy as np
import torch
from diffusers import AutoencoderKL
from torch import Tensor, nn
from torch.nn import functional as F

from pocket.corpus import CELLS, Corpus
from pocket.loop import Budget, train
from pocket.tensors import to_tensor
from pocket.world.drawing import SIZE

log = logging.getLogger(__name__)

_CROP_CELLS = 8
_CROP_UNTIL = 0.85
_KL_WEIGHT = 1e-4
_TIE_WEIGHT = 0.5
_SQUARED_WEIGHT = 4.0
_ABSOLUTE_WEIGHT = 0.25
_LATENT_NOISE = 0.4
"""The most noise that the decoder is trained to clean away; the latents' own deviation is 1."""


def new_autoencoder() -> AutoencoderKL:
    """AutoencoderKL of 4x4 px to a latent of 4 channels.

    Stable Diffusion's takes 8x8 px, which are a whole hand or a window here: at equal training it was 5 dB
    worse. Without attention, it can be trained on crops. Groups of fewer than 4 channels would normalise flat
    colour away.
    """
    return AutoencoderKL(
        block_out_channels=(16, 32, 64),
        down_block_types=("DownEncoderBlock2D",) * 3,
        up_block_types=("UpDecoderBlock2D",) * 3,
        layers_per_block=1,
        norm_num_groups=4,
        latent_channels=4,
        sample_size=SIZE,
        mid_block_add_attention=False,
    )


def _windows(corpus: Corpus, count: int, cells: int, rng: np.random.Generator) -> list[tuple[int, int, int]]:
    """Give random windows, `cells` cells a side, as the drawing's index and the left upper cell (x, y).

    Half lie around a thing or a figure, half anywhere.
    """
    windows = []
    for index in rng.integers(len(corpus), size=count):
        x, y = rng.integers(0, CELLS - cells + 1, size=2)
        if rng.random() < 0.5:
            covered = np.argwhere(corpus.maps[index].max(0) > 0)
            near_y, near_x = covered[rng.integers(len(covered))] - cells // 2
            x, y = np.clip((near_x, near_y), 0, CELLS - cells)
        windows.append((int(index), int(x), int(y)))
    return windows


def _cut(whole: Any, x: int, y: int, cells: int, scale: int) -> Any:
    """Give the window of an array (..., H, W) that has `scale` values along a cell."""
    return whole[..., scale * y : scale * (y + cells), scale * x : scale * (x + cells)]


def _crops(corpus: Corpus, windows: list[tuple[int, int, int]], cells: int) -> Tensor:
    """Give the pictures (n, 3, H, W) in windows, in [-1, 1]."""
    scale = corpus.pixels.shape[1] // CELLS
    crops = [
        _cut(corpus.pixels[index].transpose(2, 0, 1), x, y, cells, scale).transpose(1, 2, 0)
        for index, x, y in windows
    ]
    return to_tensor(np.stack(crops))


def _difference(decoded: Tensor, pictures: Tensor) -> Tensor:
    """Give the squared error, which learns fastest, and a little L1, which cares for what is nearly right."""
    wrong = decoded - pictures
    return (_SQUARED_WEIGHT * wrong.square() + _ABSOLUTE_WEIGHT * wrong.abs()).mean()


def _decibels(decoded: Tensor, pictures: Tensor) -> Tensor:
    return 10 * torch.log10(4 / F.mse_loss(decoded.detach(), pictures))


def train_autoencoder(
    corpus: Corpus, folder: Path, budget: Budget, device: str, batch: int = 4
) -> AutoencoderKL:
    """Train on crops first and on whole pictures for the last part of the budget.

    The loss is the difference of pixels, a KL term (Rombach et al., arXiv 2112.10752), and the squared error
    of a linear map from the latents to the picture at the latents' size. That map keeps colour in plain sight
    for the denoiser. `batch` crops make a step; small steps, and many of them, got further in the same time.
    """
    vae, to_small = new_autoencoder(), nn.Conv2d(4, 3, 1)
    vae.to(device, memory_format=torch.channels_last)
    to_small.to(device)
    weights = [*vae.parameters(), *to_small.parameters()]
    optimiser = torch.optim.AdamW(
        [{"params": weights, "peak": 2.5e-3}], betas=(0.9, 0.99), weight_decay=0.0, fused=True
    )

    def step(number: int, progress: float) -> tuple[Tensor, dict[str, Tensor]]:
        rng = np.random.default_rng((1, number))
        whole = progress >= _CROP_UNTIL
        count, cells = (max(1, batch // 4), CELLS) if whole else (batch, _CROP_CELLS)
        pictures = _crops(corpus, _windows(corpus, count, cells, rng), cells).to(device)
        posterior = vae.encode(pictures).latent_dist
        decoded = vae.decode(posterior.sample()).sample
        difference = _difference(decoded, pictures)
        kl = posterior.kl().mean() / posterior.mean[0].numel()
        small = F.adaptive_avg_pool2d(pictures, posterior.mean.shape[-1])
        tie = F.mse_loss(to_small(posterior.mean), small)
        loss = difference + _KL_WEIGHT * kl + _TIE_WEIGHT * tie
        shown = {"dB": _decibels(decoded, pictures), "kl": kl.detach(), "tie": tie.detach()}
        return loss, shown

    train({"vae": vae, "to_small": to_small}, optimiser, step, budget, folder / "autoencoder.pt")
    return vae.eval().requires_grad_(False)


def train_decoder(
    vae: AutoencoderKL,
    corpus: Corpus,
    latents: Tensor,
    folder: Path,
    budget: Budget,
    device: str,
    batch: int = 4,
) -> None:
    """Go on with the decoder alone, in place: on crops first, and on whole pictures for the last part.

    `latents` are those of the corpus in the scale that the denoiser sees, float (N, 4, 32, 32). The encoder,
    and with it the denoiser's world, stays as it is. Latents get noise, more or less of it, because those of
    a small denoiser are never clean: the decoder has many more channels for fine detail, runs once a picture
    instead of once a step, and so is the cheaper place to clean them.
    """
    trained = nn.ModuleDict({"decoder": vae.decoder, "post_quant_conv": vae.post_quant_conv})
    trained.to(device).requires_grad_(True)
    optimiser = torch.optim.AdamW(
        [{"params": list(trained.parameters()), "peak": 1e-3}],
        betas=(0.9, 0.99),
        weight_decay=0.0,
        fused=True,
    )

    def step(number: int, progress: float) -> tuple[Tensor, dict[str, Tensor]]:
        rng = np.random.default_rng((4, number))
        noise_rng = torch.Generator().manual_seed(number)
        whole = progress >= _CROP_UNTIL
        count, cells = (max(1, batch // 4), CELLS) if whole else (batch, _CROP_CELLS)
        windows = _windows(corpus, count, cells, rng)
        pictures = _crops(corpus, windows, cells).to(device)
        scale = latents.shape[-1] // CELLS
        given = torch.stack([_cut(latents[index], x, y, cells, scale) for index, x, y in windows]).float()
        strength = torch.rand(count, 1, 1, 1, generator=noise_rng) * _LATENT_NOISE
        given += torch.randn(given.shape, generator=noise_rng) * strength
        decoded = vae.decode(given.to(device) / vae.config.scaling_factor).sample
        loss = _difference(decoded, pictures)
        return loss, {"dB": _decibels(decoded, pictures), "loss": loss.detach()}

    train({"trained": trained}, optimiser, step, budget, folder / "decoder.pt")
    trained.requires_grad_(False)
