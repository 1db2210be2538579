"""What does not fit the device whole is tried in smaller and smaller tiles."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from gpuworker.engine.autoencoding import in_tiles_that_fit


def fits(most: int, tried: list[int | None], tile: int | None) -> Tensor:
    tried.append(tile)
    if tile is None or tile > most:
        raise torch.OutOfMemoryError("CUDA out of memory.")
    return torch.ones(1)


def test_tiles_become_smaller_until_they_fit() -> None:
    tried: list[int | None] = []
    assert in_tiles_that_fit(lambda tile: fits(64, tried, tile), None).item() == 1
    assert tried == [None, 128, 96, 64]
    tried.clear()
    in_tiles_that_fit(lambda tile: fits(64, tried, tile), 96)
    assert tried == [96, 64], "never larger ones than planned"
    tried.clear()
    in_tiles_that_fit(lambda tile: fits(64, tried, tile), 64)
    assert tried == [64], "what fits is not tried twice"


def test_if_none_fit_it_is_said() -> None:
    tried: list[int | None] = []
    with pytest.raises(torch.OutOfMemoryError):
        in_tiles_that_fit(lambda tile: fits(1, tried, tile), None)
    assert len(tried) == 7
