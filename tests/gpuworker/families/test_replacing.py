"""A function of torch is replaced inside the block, and only there."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from gpuworker.families.replacing import Replacing


def test_networks_call_the_replacement_which_can_call_the_original() -> None:
    network, rows = torch.nn.SiLU(), torch.tensor([-1.0, 0.0, 2.0])

    def doubled(rows: Tensor, inplace: bool = False) -> Tensor:
        return 2 * F.silu(rows, inplace)

    plain = network(rows)
    with Replacing(F.silu, doubled):
        assert torch.equal(network(rows), 2 * plain)
        assert torch.equal(torch.nn.ReLU()(rows), rows.clamp(min=0)), "other functions stay"
    assert torch.equal(network(rows), plain)
