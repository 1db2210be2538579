from __future__ import annotations

import pytest
import torch

from pocket.checkpoint.denoiser import cell_weights
from pocket.corpus import MAP_NAMES


def test_what_is_drawn_counts_more_the_less_noise_there_is_and_no_picture_more_than_another() -> None:
    maps = torch.zeros(3, len(MAP_NAMES), 8, 8)
    maps[:, 0, 3, 3] = 1
    noise, some, clean = cell_weights(maps, torch.tensor([0.0, 0.5, 1.0]))
    assert (noise == 1).all(), "where a thing will be is anybody's guess"
    for weights, times in ((some, 2.5), (clean, 4.0)):
        assert float(weights[0, 3, 3] / weights[0, 7, 7]) == pytest.approx(times)
        assert float(weights.mean()) == pytest.approx(1)
