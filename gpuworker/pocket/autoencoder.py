"""Trains the pocket checkpoint's autoencoder: pictures of 128 px to latents of 16 x 16 x 4 and back."""

import logging
from pathlib import Path

import numpy as np
import torch
from diffusers import AutoencoderKL
from torch import Tensor, nn
from torch.nn import functional as F

from gpuworker.pocket.corpus import CELLS, Corpus
from gpuworker.pocket.drawing import SIZE
from gpuworker.pocket.loop import Budget, train

log = logging.getLogger(__name__)

_CROP_CELLS = 8
_CROP_UNTIL = 0.85
_KL_WEIGHT = 1e-3
_TIE_WEIGHT = 0.5
_EDGE_WEIGHT = 0.5


def new_autoencoder() -> AutoencoderKL:
    """AutoencoderKL of 8x8 px to a cell of 4 channels.

    Without attention, it can be trained on crops. Groups of fewer than 4 channels would normalise flat
    colour away.
    """
    return AutoencoderKL(
        block_out_channels=(16, 24, 48, 64),
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        layers_per_block=1,
        norm_num_groups=4,
        latent_channels=4,
        sample_size=SIZE,
        mid_block_add_attention=False,
    )


def to_tensor(pixels: np.ndarray) -> Tensor:
    """uint8 (N, H, W, 3) to float32 (N, 3, H, W) in [-1, 1]."""
    return torch.from_numpy(np.ascontiguousarray(pixels)).permute(0, 3, 1, 2).float() / 127.5 - 1


def _crops(corpus: Corpus, count: int, cells: int, rng: np.random.Generator) -> Tensor:
    """Random crops of `cells` cells a side: half around a thing, half anywhere."""
    crops = []
    for index in rng.integers(len(corpus), size=count):
        x, y = rng.integers(0, CELLS - cells + 1, size=2)
        if rng.random() < 0.5:
            covered = np.argwhere(corpus.coverage[index].max(0) > 0)
            near_y, near_x = covered[rng.integers(len(covered))] - cells // 2
            x, y = np.clip((near_x, near_y), 0, CELLS - cells)
        crops.append(corpus.pixels[index, 8 * y : 8 * (y + cells), 8 * x : 8 * (x + cells)])
    return to_tensor(np.stack(crops))


def _edges(pictures: Tensor) -> tuple[Tensor, Tensor]:
    return pictures.diff(dim=-1), pictures.diff(dim=-2)


def train_autoencoder(
    corpus: Corpus, folder: Path, budget: Budget, device: str, batch: int = 16
) -> AutoencoderKL:
    """Train on crops first and on whole pictures for the last part of the budget.

    The loss is L1 on pixels and on their differences (edges), a KL term (Rombach et al., arXiv 2112.10752),
    and the squared error of a linear map from the latents to the picture at an eighth of its size. That map
    keeps colour in plain sight for the denoiser.
    """
    vae, to_small = new_autoencoder(), nn.Conv2d(4, 3, 1)
    vae.to(device)
    to_small.to(device)
    weights = [*vae.parameters(), *to_small.parameters()]
    optimiser = torch.optim.AdamW([{"params": weights, "peak": 2e-3}], betas=(0.9, 0.99), weight_decay=0.0)

    def step(number: int, progress: float) -> dict[str, float]:
        rng = np.random.default_rng((1, number))
        whole = progress >= _CROP_UNTIL
        count, cells = (batch // 4, CELLS) if whole else (batch, _CROP_CELLS)
        pictures = _crops(corpus, count, cells, rng).to(device)
        posterior = vae.encode(pictures).latent_dist
        decoded = vae.decode(posterior.sample()).sample
        error = F.l1_loss(decoded, pictures)
        edges = sum(F.l1_loss(a, b) for a, b in zip(_edges(decoded), _edges(pictures), strict=True))
        kl = posterior.kl().mean() / posterior.mean[0].numel()
        tie = F.mse_loss(to_small(posterior.mean), F.avg_pool2d(pictures, 8))
        loss = error + _EDGE_WEIGHT * edges + _KL_WEIGHT * kl + _TIE_WEIGHT * tie
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(weights, 1.0)
        optimiser.step()
        squared = F.mse_loss(decoded.detach(), pictures)
        return {
            "dB": float(10 * torch.log10(4 / squared)),
            "edges": float(edges.detach()),
            "kl": float(kl.detach()),
            "tie": float(tie.detach()),
        }

    train({"vae": vae, "to_small": to_small}, optimiser, step, budget, folder / "autoencoder.pt")
    return vae.eval().requires_grad_(False)
