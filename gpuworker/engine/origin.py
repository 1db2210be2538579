"""The picture that a rendering starts from, as latents: noised at first, put back where it may not change."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional as F

from gpuworker.checkpoints.checkpoint import Checkpoint
from gpuworker.engine.autoencoding import in_tiles_that_fit
from gpuworker.engine.noise import slerp
from gpuworker.engine.request import Start
from gpuworker.engine.samplers import noise_levels
from gpuworker.engine.transfer import to_device


class Origin:
    """A start in the latents (1, channels, h, w) of a checkpoint, fp32, on the device of `noise`.

    The autoencoder's most likely latents are taken, not a sample of them: the picture then depends on the
    request's noise alone. `latents` are the picture's, without noise; those of several are joined on the
    sphere, because their mean would lose contrast.
    """

    def __init__(self, start: Start, noise: Tensor, checkpoint: Checkpoint, tile: int | None) -> None:
        self._noise = noise
        self.latents = self._encoded(start.picture, checkpoint, tile)
        for number, other in enumerate(start.others, start=2):
            self.latents = slerp(self.latents, self._encoded(other, checkpoint, tile), 1 / number)
        self._changing = None
        if start.mask is not None:
            self._changing = to_device(_cells(start.mask, checkpoint.model.pixels_per_latent), noise.device)
        self._from_noise_alone = self._changing is not None and start.strength == 1

    def _encoded(self, picture: Image.Image, checkpoint: Checkpoint, tile: int | None) -> Tensor:
        pixels = to_device(_pixels(picture), self._noise.device)
        encoded = in_tiles_that_fit(partial(checkpoint.encode_pixels, pixels), tile)
        return encoded.to(self._noise.device)

    def canvas(
        self, picture: Image.Image, mask: Image.Image, checkpoint: Checkpoint, tile: int | None
    ) -> Tensor:
        """Give what a model that fills masks takes beside the latents: the picture without what changes."""
        changing = torch.from_numpy(np.array(mask)).ge(128)[None, None]
        kept = _pixels(picture).masked_fill(changing, 0.0)
        cells = to_device(_cells(mask, checkpoint.model.pixels_per_latent), self._noise.device).float()
        pixels = to_device(kept, self._noise.device)
        checkpoint.bring_autoencoder()
        return in_tiles_that_fit(partial(checkpoint.model.canvas, pixels, cells), tile)

    def begin(self, scheduler: Any, timestep: Tensor) -> Tensor:
        """Give the latents before the first step, at `timestep`, a scalar.

        As diffusers' pipelines have it, the picture shines through a little even at full strength; but what
        is masked is forgotten then.
        """
        if self._from_noise_alone:
            pure: Tensor = self._noise * scheduler.init_noise_sigma
            return pure
        return self._noised(scheduler, timestep)

    def put_back(self, latents: Tensor, scheduler: Any, timestep: Tensor | None) -> Tensor:
        """Give the latents after a step, with the picture, noised for the next `timestep`, beside the mask.

        None after the last step. A model that was never trained to fill masks sees the rest of the picture in
        this way at every step: RePaint (Lugmayr et al., arXiv 2201.09865) without its resampling.
        """
        if self._changing is None:
            return latents
        unmasked = self.latents if timestep is None else self._noised(scheduler, timestep)
        return torch.where(self._changing, latents, unmasked)

    def _noised(self, scheduler: Any, timestep: Tensor) -> Tensor:
        signal, sigma = noise_levels(scheduler, timestep)
        return signal * self.latents + sigma * self._noise


def _pixels(picture: Image.Image) -> Tensor:
    """Turn RGB into (1, 3, height, width), -1 to 1."""
    pixels = torch.from_numpy(np.array(picture)).permute(2, 0, 1)[None]
    return 2 * (pixels.float() / 255) - 1


def _cells(mask: Image.Image, side: int) -> Tensor:
    """Give the cells (1, 1, h, w), bool, of `side` pixels a side in which any pixel is marked."""
    marked = torch.from_numpy(np.array(mask)).float()[None, None]
    return F.max_pool2d(marked, side) >= 128
