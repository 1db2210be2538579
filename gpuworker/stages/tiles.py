"""A large picture as tiles that a checkpoint can draw, and as one again, without seams."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from random import Random

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from gpuworker.stages.region import Box

_GRID = 8
"""Pixels: tiles begin at multiples of these, and so of what a latent stands for."""
_OVERLAP = 1 / 4
"""Of a tile's side, that neighbours share at least (128 of 512 pixels in GOBIG and txt2imghd)."""
_RAMP = 1 / 8
"""Of a tile's side, over which one fades into its neighbour, in the middle of what both of them show.

Farther out a tile does not count: there it does not know what is beyond it.
"""


@dataclass(frozen=True)
class Tiling:
    """Where the tiles of `side` pixels lie that cover a picture: at each of `lefts` and `tops`.

    A picture that is smaller than a tile, or whose sides are no multiples of 8, goes on beyond its borders as
    in a mirror; `size` is width and height of it all.
    """

    side: int
    size: tuple[int, int]
    lefts: tuple[int, ...]
    tops: tuple[int, ...]

    @classmethod
    def over(cls, picture: tuple[int, int], side: int, random: Random) -> Tiling:
        """Lay tiles over a picture of that width and height.

        The outer ones end with the picture. Where the grid lies between them is random, so that it is
        elsewhere when a picture is tiled once more.
        """
        width, height = (max(side, -(-length // _GRID) * _GRID) for length in picture)
        return cls(side, (width, height), _starts(width, side, random), _starts(height, side, random))

    @property
    def boxes(self) -> list[Box]:
        """Give the tiles, row by row."""
        return [(x, y, x + self.side, y + self.side) for y in self.tops for x in self.lefts]

    def grown(self, picture: Image.Image) -> Image.Image:
        """Mirror an RGB picture beyond its right and lower borders."""
        beyond = [(0, grown - was) for grown, was in zip(self.size, picture.size, strict=True)]
        return Image.fromarray(np.pad(np.asarray(picture), (beyond[1], beyond[0], (0, 0)), mode="symmetric"))

    def share(self, box: Box) -> NDArray[np.float32]:
        """Say how much of each pixel of a tile counts, (side, side, 1): all shares in a pixel make 1."""
        across = _shares(self.lefts, self.side)[self.lefts.index(box[0])]
        down = _shares(self.tops, self.side)[self.tops.index(box[1])]
        share: NDArray[np.float32] = down[:, None, None] * across[None, :, None]
        return share


class Mosaic:
    """A picture that is put together of tiles, in any order."""

    def __init__(self, tiling: Tiling) -> None:
        self._tiling = tiling
        self._sum = np.zeros((tiling.size[1], tiling.size[0], 3), np.float32)

    def lay(self, box: Box, tile: Image.Image) -> None:
        """Lay a tile where it belongs; each of the tiling has to be laid once."""
        left, top, right, bottom = box
        self._sum[top:bottom, left:right] += np.asarray(tile) * self._tiling.share(box)

    def picture(self) -> Image.Image:
        """Join all tiles."""
        return Image.fromarray(self._sum.clip(0, 255).round().astype(np.uint8))


def _starts(length: int, side: int, random: Random) -> tuple[int, ...]:
    """Say where tiles begin along a side, no further apart than the overlap allows."""
    step = side - round(_OVERLAP * side / _GRID) * _GRID
    count = (length - side) // step + 2
    spare = (count - 1) * step - (length - side)
    offset = _GRID * random.randint(0, spare // _GRID)
    starts = (max(0, min(place * step - offset, length - side)) for place in range(count))
    return tuple(dict.fromkeys(starts))


def _shares(starts: Sequence[int], side: int) -> list[NDArray[np.float32]]:
    """Say for each start how much each of its `side` pixels counts along that axis."""
    place = np.arange(side, dtype=np.float32) + 0.5
    ramp = max(1.0, _RAMP * side)
    middles = [(here + there + side) / 2 for here, there in pairwise(starts)]
    shares = []
    for start, before, after in zip(starts, [None, *middles], [*middles, None], strict=True):
        share = np.ones(side, np.float32)
        if before is not None:
            share *= ((start + place - before) / ramp + 0.5).clip(0, 1)
        if after is not None:
            share *= ((after - start - place) / ramp + 0.5).clip(0, 1)
        shares.append(share)
    return shares
