"""A layer computes with what is added to its weight, and stays as it is."""

from __future__ import annotations

from typing import Any, Literal

import pytest
import torch
from torch import nn

from gpuworker.adapters.change import Change, LowRank, changed_parameters, run_changed
from gpuworker.adapters.kinds import Parts, change_of


@torch.no_grad()
def test_several_are_added_up() -> None:
    layer = nn.Linear(24, 16)
    worn = []
    for seed in range(3):
        torch.manual_seed(seed)
        parts = {"up": torch.randn(16, 2 + seed), "down": torch.randn(2 + seed, 24)}
        worn.append((change_of(Parts(parts, {"alpha": seed}), layer.weight), 0.5 - seed))
    full = change_of(Parts({"diff": torch.randn(16, 24), "diff_b": torch.randn(16)}, {}), layer.weight)
    worn.append((full, 0.25))
    x = torch.randn(5, 24)
    weight, bias = changed_parameters(layer, worn)
    assert torch.allclose(
        run_changed(layer, layer.forward, worn, x), nn.functional.linear(x, weight, bias), atol=1e-5
    )
    assert not torch.allclose(weight, layer.weight, atol=0.1)


@torch.no_grad()
@pytest.mark.parametrize("padding_mode", ["zeros", "circular"])
def test_a_convolutions_stride_and_padding_hold_for_thin_products_too(
    padding_mode: Literal["zeros", "circular"],
) -> None:
    layer = nn.Conv2d(4, 6, 3, stride=2, padding=1, padding_mode=padding_mode)
    worn = [(Change(LowRank(torch.randn(2, 4, 3, 3), torch.randn(6, 2, 1, 1), 0.7)), 1.5)]
    x = torch.randn(2, 4, 9, 9)
    weight, _ = changed_parameters(layer, worn)
    found = run_changed(layer, layer.forward, worn, x)
    layer.weight.copy_(weight)
    assert torch.allclose(found, layer(x), atol=1e-5)


@torch.no_grad()
def test_rows_of_an_embedding_layer_change() -> None:
    layer, ids = nn.Embedding(5, 3), torch.tensor([[1, 4]])
    diff = torch.randn(5, 3)
    worn = [(change_of(Parts({"diff": diff}, {}), layer.weight), 2.0)]
    assert torch.allclose(run_changed(layer, layer.forward, worn, ids), layer(ids) + 2 * diff[ids])


def test_another_layer_cannot_be_changed() -> None:
    layer: Any = nn.Bilinear(2, 2, 2)
    worn = [(Change(bias=torch.ones(2)), 1.0)]
    with pytest.raises(TypeError, match="Bilinear cannot be changed"):
        run_changed(layer, layer.forward, worn, torch.ones(1, 2))
