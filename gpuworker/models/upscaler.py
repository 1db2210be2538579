"""Enlarges pictures with any super-resolution model that spandrel knows, Real-ESRGAN's among them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from spandrel import ImageModelDescriptor, ModelTiling

from gpuworker.models.on_device import AT_ONCE, OnDevice
from gpuworker.models.spandrel import load_network

TILE = 256
"""The width and height of a tile, in pixels of the small picture."""
_MARGIN = 16
_RAMP = 16
_OVERLAP = 2 * _MARGIN + _RAMP


@dataclass(frozen=True, eq=False)
class Upscaler:
    """A loaded super-resolution model, RGB in and RGB out, `scale` times as wide and as high."""

    network: ImageModelDescriptor[torch.nn.Module]
    on_device: OnDevice = AT_ONCE

    @property
    def scale(self) -> int:
        """How many times as wide and as high pictures become."""
        return int(self.network.scale)

    def tiles(self, height: int, width: int, tile: int = TILE) -> int:
        """Count the tiles that `upscale` makes of a picture."""
        tile = self._fitting(tile, height, width)
        return len(list(_starts(height, tile))) * len(list(_starts(width, tile)))

    def upscale(
        self,
        pixels: NDArray[np.uint8],
        tile: int = TILE,
        before_tile: Callable[[], None] = lambda: None,
    ) -> NDArray[np.uint8]:
        """Enlarge a picture, uint8 RGB (H, W, 3), to (scale * H, scale * W, 3).

        Works on tiles of `tile` pixels a side, at least 64, each of which is a piece of work for the device,
        and so takes no more of its memory for larger pictures. Tiles overlap by 48 pixels: the outer 16 of
        each, computed without what lies beyond them, are discarded, and over the next 16 one tile fades into
        the other. A model that sees no further than 16 pixels makes what it would make of the whole picture,
        but for rounding (1/255); one that sees further, like RealESRGAN_x4plus, differs by what such distant
        pixels matter. Raises `torch.OutOfMemoryError` when the device is full: smaller tiles help. What
        `before_tile` raises stops the work.
        """
        if tile < 64:
            raise ValueError(f"Tiles of {tile} pixels are mostly overlap: take 64 or more.")
        height, width = pixels.shape[:2]
        tile = self._fitting(tile, height, width)
        enlarged = np.empty((self.scale * height, self.scale * width, 3), np.uint8)
        for top in _starts(height, tile):
            # Strips first: a tile laid straight on the picture would leave its outer pixels in the corners.
            strip = np.empty((self.scale * min(tile, height), self.scale * width, 3), np.uint8)
            for left in _starts(width, tile):
                before_tile()
                small = pixels[top : top + tile, left : left + tile]
                self._lay(strip, self.on_device.run(partial(self._enlarge, small)), left, axis=1)
            self._lay(enlarged, strip, top, axis=0)
        return enlarged

    def _fitting(self, tile: int, height: int, width: int) -> int:
        return max(height, width) if self.network.tiling is ModelTiling.INTERNAL else tile

    def _lay(
        self, whole: NDArray[np.uint8], part: NDArray[np.uint8 | np.float32], start: int, axis: int
    ) -> None:
        """Lay a part over what is there, from pixel `start` of the small picture on, and fade it in."""
        whole, part = np.moveaxis(whole, axis, 0), np.moveaxis(part, axis, 0)
        there = whole[self.scale * start :][: len(part)]
        inside = (np.arange(len(part), dtype=np.float32) + 0.5) / self.scale
        share = np.clip((inside - _MARGIN) / _RAMP, 0, 1) if start else np.ones_like(inside)
        there[:] = np.round(there + (part.astype(np.float32) - there) * share[:, None, None])

    def _enlarge(self, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        network = self.network
        small = torch.tensor(pixels, device=network.device).to(network.dtype)
        large = network((small / 255).permute(2, 0, 1)[None].contiguous(memory_format=torch.channels_last))
        numbers: NDArray[np.float32] = (large[0].permute(1, 2, 0).float() * 255).cpu().numpy()
        return numbers


def _starts(length: int, tile: int) -> Iterator[int]:
    """Give the starts of the tiles along a side; the last tile ends with it."""
    yield from range(0, max(length - tile, 0), tile - _OVERLAP)
    yield max(length - tile, 0)


def load_upscaler(file: Path, device: torch.device | str = "cpu", on_device: OnDevice = AT_ONCE) -> Upscaler:
    """Load a model, in half precision on CUDA if it supports that. Raises `CheckpointError`."""
    network = load_network(file, "SR", device)
    network.model.to(memory_format=torch.channels_last)
    return Upscaler(network, on_device)
