"""How a picture is cut into tiles, and that nothing is lost when they are put together."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest
from PIL import Image

from gpuworker.stages.tiles import Mosaic, Tiling
from tests.gpuworker.engine.support import difference

SIZES = [(256, 256), (128, 128), (130, 257), (60, 40), (516, 64), (1024, 700)]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("seed", range(4))
def test_tiles_in_any_order_make_the_picture_again(size: tuple[int, int], seed: int) -> None:
    picture = Image.effect_noise(size, 90).convert("RGB")
    tiling = Tiling.over(size, 128, Random(seed))
    whole, mosaic = tiling.grown(picture), Mosaic(tiling)
    for box in Random(seed).sample(tiling.boxes, len(tiling.boxes)):
        mosaic.lay(box, whole.crop(box))
    again = mosaic.picture()
    assert again.size == tiling.size
    assert difference(again.crop((0, 0, *size)), picture) == 0


@pytest.mark.parametrize("seed", range(4))
def test_tiles_overlap_by_a_quarter_and_lie_where_latents_do(seed: int) -> None:
    tiling = Tiling.over((1024, 700), 128, Random(seed))
    assert tiling.size == (1024, 704)
    for starts, length in ((tiling.lefts, 1024), (tiling.tops, 704)):
        assert (starts[0], starts[-1]) == (0, length - 128)
        assert all(start % 8 == 0 for start in starts)
        assert max(np.diff(starts)) <= 96
        assert len(starts) <= (length - 128) / 96 + 2


def test_the_seed_decides_where_the_grid_lies() -> None:
    def grid(seed: int) -> Tiling:
        return Tiling.over((512, 512), 128, Random(seed))

    assert grid(3) == grid(3)
    assert len({grid(seed).lefts for seed in range(20)}) > 5


def test_a_tile_counts_little_where_it_ends() -> None:
    tiling = Tiling.over((256, 256), 128, Random(1))
    inner = tiling.lefts[1]
    share = tiling.share((inner, 0, inner + 128, 128))[..., 0]
    assert share.shape == (128, 128)
    assert (share[:, :8] == 0).all()
    assert (share[0, 56:72] == 1).all(), "to the picture's own border it counts"
    assert np.abs(np.diff(share[0])).max() <= 1 / 16 + 1e-6
