"""Latents of scenes that are drawn while a denoiser learns from them."""

from __future__ import annotations

from collections import deque
from random import Random
from typing import NamedTuple

import torch
from diffusers import AutoencoderKL
from torch import Tensor

from pocket.checkpoint.autoencoder import to_tensor
from pocket.corpus import draw_maps
from pocket.world.drawing import draw
from pocket.world.scene import Scene, training_scene

_KEPT = 30_000
FIRST = 400
"""Scenes that there are to choose from before the first batch, drawn in some seconds."""


class Drawn(NamedTuple):
    """A scene, its latents (4, H, W) in the scale that the denoiser sees, and its maps, as in a corpus."""

    scene: Scene
    latents: Tensor
    maps: Tensor


class FreshScenes:
    """Scenes from the training combinations, each seen a few times and then no more.

    Of a batch a few are drawn now and the others are among the last 30,000 that were. All of them drawn now
    would take as long as learning from them; a fixed set of 36,000 was learned by heart.
    """

    def __init__(self, vae: AutoencoderKL, side: int, seed: int, fresh: int = 3, first: int = FIRST) -> None:
        """Draw `first` scenes of `side` pixels to begin with, and `fresh` more for each batch."""
        self._vae, self._side, self._fresh = vae, side, fresh
        self._rng = Random(seed)
        self._kept: deque[Drawn] = deque(maxlen=_KEPT)
        self._draw(first)

    @torch.no_grad()
    def _draw(self, count: int) -> None:
        for _ in range(count):
            scene = training_scene(self._rng)
            drawing = draw(scene, self._rng.getrandbits(32), self._side)
            picture = to_tensor(drawing.pixels[None]).to(self._vae.device)
            latents = self._vae.encode(picture).latent_dist.mean * self._vae.config.scaling_factor
            self._kept.append(Drawn(scene, latents[0].half().cpu(), torch.from_numpy(draw_maps(drawing))))

    def batch(self, size: int, lots: Random) -> tuple[list[Scene], Tensor, Tensor]:
        """`size` scenes by lots, their latents (size, 4, H, W) and their maps (size, M, C, C), 0 to 1."""
        self._draw(self._fresh)
        fresh = min(self._fresh, size)
        chosen = [self._kept[-1 - i] for i in range(fresh)]
        chosen += [lots.choice(self._kept) for _ in range(size - fresh)]
        latents = torch.stack([drawn.latents for drawn in chosen]).float()
        maps = torch.stack([drawn.maps for drawn in chosen]).float() / 255
        return [drawn.scene for drawn in chosen], latents, maps
