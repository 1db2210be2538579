"""Latents of scenes that are drawn while a denoiser learns from them."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from random import Random
from typing import NamedTuple, TypeAlias

import numpy as np
import torch
from diffusers import AutoencoderKL
from torch import Tensor

from pocket.checkpoint.twins import twin
from pocket.corpus import draw_maps
from pocket.tensors import to_tensor
from pocket.world.drawing import draw
from pocket.world.scene import Scene, training_scene

_KEPT = 30_000
_SQUARE_SHARE = 0.7
_SIDE_STEP = 32
_MOST_LONGER = 1.75
FIRST = 400
"""Scenes that there are to choose from before the first batch, drawn in some seconds."""


Size: TypeAlias = tuple[int, int]
"""Width and height in pixels."""


class Drawn(NamedTuple):
    """A scene, its latents (4, H, W) in the scale that the denoiser sees, and its maps, as in a corpus.

    And a twin, which differs in one trait, with its latents.
    """

    scene: Scene
    latents: Tensor
    maps: Tensor
    twin: Scene
    twin_latents: Tensor


class Batch(NamedTuple):
    """Scenes with their latents (N, 4, H, W) and maps (N, M, h, w), 0 to 1, and their twins with theirs."""

    scenes: list[Scene]
    latents: Tensor
    maps: Tensor
    twins: list[Scene]
    twin_latents: Tensor


class FreshScenes:
    """Scenes from the training combinations, each seen a few times and then no more.

    Of a batch a few are drawn now, and the others are among the last 30,000 that were, of square ones and of
    others. All of them drawn now would take as long as learning from them; a fixed set of 36,000 was learned
    by heart.
    """

    def __init__(self, vae: AutoencoderKL, side: int, seed: int, fresh: int, first: int = FIRST) -> None:
        """Draw `first` scenes, square ones of `side` pixels, to begin with, and `fresh` for each batch."""
        self._vae, self._side, self._fresh = vae, side, fresh
        self._rng = Random(seed)
        others = _KEPT // len(longer_sides(side)) // 2
        self._kept = {size: deque[Drawn](maxlen=others) for size in shapes(side)}
        self._kept[side, side] = deque[Drawn](maxlen=_KEPT)
        self._draw((side, side), first)

    @torch.no_grad()
    def _draw(self, size: Size, count: int) -> None:
        for _ in range(count):
            scene, seed = training_scene(self._rng), self._rng.getrandbits(32)
            other = twin(scene, self._rng)
            drawing = draw(scene, seed, size)
            beside = draw(replace(other, background=scene.background), seed, size, backdrop=other.background)
            pictures = to_tensor(np.stack([drawing.pixels, beside.pixels])).to(self._vae.device)
            latents = self._vae.encode(pictures).latent_dist.mean * self._vae.config.scaling_factor
            clean, others = latents.half().cpu()
            maps = torch.from_numpy(draw_maps(drawing))
            self._kept[size].append(Drawn(scene, clean, maps, other, others))

    def batch(self, count: int, lots: Random) -> Batch:
        """Give scenes by lots: `count` square ones, or fewer of another shape that have as many pixels."""
        size = shape_by_lot(self._side, lots)
        count = round(count * self._side**2 / (size[0] * size[1]))
        fresh = min(self._fresh, count)
        # Seldom seen shapes begin with nothing to choose from.
        self._draw(size, max(fresh, count - len(self._kept[size])))
        kept = self._kept[size]
        chosen = [kept[-1 - i] for i in range(fresh)] + [lots.choice(kept) for _ in range(count - fresh)]
        return Batch(
            [drawn.scene for drawn in chosen],
            torch.stack([drawn.latents for drawn in chosen]).float(),
            torch.stack([drawn.maps for drawn in chosen]).float() / 255,
            [drawn.twin for drawn in chosen],
            torch.stack([drawn.twin_latents for drawn in chosen]).float(),
        )


def longer_sides(side: int) -> range:
    """Say how long the longer side of a picture may be, in pixels, where the shorter is `side`."""
    return range(side + _SIDE_STEP, int(side * _MOST_LONGER) + 1, _SIDE_STEP)


def shapes(side: int) -> list[Size]:
    """Give the widths and heights of pictures that are no squares."""
    return [shape for longer in longer_sides(side) for shape in ((longer, side), (side, longer))]


def shape_by_lot(side: int, lots: Random) -> Size:
    """Give the width and height of a batch's pictures: square ones mostly, or some steps wider or higher.

    Whoever has only seen squares draws everything once in each square of a larger picture.
    """
    return (side, side) if lots.random() < _SQUARE_SHARE else lots.choice(shapes(side))
