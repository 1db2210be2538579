"""Enlarges pictures of any size by a chosen factor, on devices with little memory too."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image

from gpuworker.checkpoints.errors import CheckpointError
from gpuworker.models.upscaler import Upscaler

log = logging.getLogger(__name__)

_TILES = (256, 128, 64)
"""The sides to try, in pixels of the small picture: the first that fits the device's memory is used."""

BeforeTile = Callable[[int, int], None]
"""Called with the tiles done and the tiles in all, before each one; what it raises stops the work."""


@dataclass(frozen=True, eq=False)
class LoadedUpscaler:
    """An upscaler by its name in the registry, with the SHA-256 of its file."""

    name: str
    hash: str
    model: Upscaler

    def enlarge(self, picture: Image.Image, factor: int, before_tile: BeforeTile) -> Image.Image:
        """Make an RGB picture `factor` (2 to 4) times as wide and as high.

        What a model of a larger scale makes is averaged over areas; one of a smaller scale works twice.
        Raises `CheckpointError` when the device has no room for the smallest tiles.
        """
        for tile in _TILES:
            try:
                return self._enlarge(picture, factor, tile, before_tile)
            except torch.OutOfMemoryError:
                log.warning("upscaler %s: out of memory with tiles of %d pixels", self.name, tile)
        raise CheckpointError(
            f"The upscaler {self.name} does not fit the memory beside what is in use: choose a smaller one."
        )

    def _enlarge(self, picture: Image.Image, factor: int, tile: int, before_tile: BeforeTile) -> Image.Image:
        done, tiles = 0, self._tiles(picture, factor, tile)

        def count() -> None:
            nonlocal done
            before_tile(done, tiles)
            done += 1

        pixels = np.array(picture)
        for _ in range(self._rounds(factor)):
            pixels = self.model.upscale(pixels, tile, count)
        size = factor * picture.width, factor * picture.height
        larger = Image.fromarray(pixels)
        return larger if larger.size == size else larger.resize(size, Image.Resampling.BOX)

    def _rounds(self, factor: int) -> int:
        return math.ceil(math.log(factor, self.model.scale))

    def _tiles(self, picture: Image.Image, factor: int, tile: int) -> int:
        scales = [self.model.scale**done for done in range(self._rounds(factor))]
        return sum(self.model.tiles(scale * picture.height, scale * picture.width, tile) for scale in scales)
