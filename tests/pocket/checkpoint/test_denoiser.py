from __future__ import annotations

import pytest
import torch

from pocket.checkpoint.denoiser import Average, cell_weights
from pocket.corpus import MAP_NAMES


def test_what_is_drawn_counts_more_the_less_noise_there_is_and_no_picture_more_than_another() -> None:
    maps = torch.zeros(3, len(MAP_NAMES), 8, 8)
    maps[:, 0, 3, 3] = 1
    noise, some, clean = cell_weights(maps, torch.tensor([0.0, 0.5, 1.0]))
    assert (noise == 1).all(), "where a thing will be is anybody's guess"
    for weights, times in ((some, 2.5), (clean, 4.0)):
        assert float(weights[0, 3, 3] / weights[0, 7, 7]) == pytest.approx(times)
        assert float(weights.mean()) == pytest.approx(1)


def test_an_average_goes_a_share_of_the_way_to_the_present_weights() -> None:
    layer = torch.nn.Linear(2, 2)
    before = Average.of(layer)
    with torch.no_grad():
        layer.weight.add_(1)
    old, new = before.weights["0.weight"].clone(), layer.weight.detach().clone()
    before.approach(0.75, layer)
    before.copy_to(layer)
    assert torch.allclose(layer.weight, old * 0.25 + new * 0.75)
