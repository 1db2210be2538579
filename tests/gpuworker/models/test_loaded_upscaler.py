"""Any factor with a model of any scale, in tiles as large as the device bears."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image

from gpuworker.checkpoints.errors import CheckpointError
from gpuworker.models.loaded_upscaler import LoadedUpscaler


class Repeating:
    """Repeats each pixel `scale` times, on a device that bears tiles of at most `most` pixels a side."""

    def __init__(self, scale: int, most: int = 256) -> None:
        self.scale, self.most = scale, most
        self.tried: list[int] = []

    def tiles(self, height: int, width: int, tile: int) -> int:
        return -(-height // tile) * -(-width // tile)

    def upscale(
        self, pixels: NDArray[np.uint8], tile: int, before_tile: Callable[[], None]
    ) -> NDArray[np.uint8]:
        self.tried.append(tile)
        for _ in range(self.tiles(len(pixels), len(pixels[0]), tile)):
            before_tile()
            if tile > self.most:
                raise torch.OutOfMemoryError
        return pixels.repeat(self.scale, 0).repeat(self.scale, 1)


def loaded(model: Any) -> LoadedUpscaler:
    return LoadedUpscaler("mine", "0" * 64, model)


PICTURE = Image.fromarray(np.random.default_rng(1).integers(0, 256, (20, 30, 3), np.uint8))


@pytest.mark.parametrize("scale", [2, 3, 4])
@pytest.mark.parametrize("factor", [2, 3, 4])
def test_every_factor_is_had_of_every_scale(scale: int, factor: int) -> None:
    larger = loaded(Repeating(scale)).enlarge(PICTURE, factor, lambda done, tiles: None)
    assert larger.size == (30 * factor, 20 * factor)
    back = np.asarray(larger.resize(PICTURE.size, Image.Resampling.BOX)).astype(int)
    assert np.abs(back - np.asarray(PICTURE)).max() <= 2, "areas are averaged, nothing is shifted"


def test_tiles_are_counted_over_both_rounds() -> None:
    told: list[tuple[int, int]] = []
    wide = PICTURE.resize((300, 100))
    loaded(Repeating(2)).enlarge(wide, 4, lambda done, tiles: told.append((done, tiles)))
    assert told == [(done, 5) for done in range(5)], "two tiles of 300 x 100, three of 600 x 200"


def test_smaller_tiles_are_tried_until_they_fit() -> None:
    model, told = Repeating(4, most=100), list[int]()
    larger = loaded(model).enlarge(PICTURE, 4, lambda done, tiles: told.append(done))
    assert larger.size == (120, 80)
    assert model.tried == [256, 128, 64]
    assert told == [0, 0, 0], "each try counts from the beginning"


def test_a_device_without_room_for_the_smallest_is_a_sentence() -> None:
    model = Repeating(4, most=10)
    with pytest.raises(CheckpointError, match="The upscaler mine does not fit the memory"):
        loaded(model).enlarge(PICTURE, 2, lambda done, tiles: None)


def test_what_is_raised_before_a_tile_ends_the_work() -> None:
    def stop(done: int, tiles: int) -> None:
        raise InterruptedError

    model = Repeating(2)
    with pytest.raises(InterruptedError):
        loaded(model).enlarge(PICTURE, 2, stop)
    assert model.tried == [256]
