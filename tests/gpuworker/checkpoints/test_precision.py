"""Weights that are stored in eight bits are read as the numbers that they stand for."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor

from gpuworker.checkpoints.errors import CheckpointError
from gpuworker.checkpoints.precision import read_tensors

WEIGHT = torch.randn(6, 4, generator=torch.Generator().manual_seed(0))
STEP = 2**-3
"""The share of a number by which fp8 with three bits may round it."""


def per_tensor() -> Tensor:
    return WEIGHT.abs().amax() / 448


def per_row() -> Tensor:
    return WEIGHT.abs().amax(1) / 448


def per_row_in_a_column() -> Tensor:
    return per_row()[:, None]


def per_block() -> Tensor:
    return torch.tensor([[0.01, 0.02], [0.03, 0.04]])


@pytest.mark.parametrize("name", ["scale_weight", "weight_scale", "weight_scale_inv"])
@pytest.mark.parametrize("scale", [per_tensor(), per_row(), per_row_in_a_column(), per_block()])
def test_weights_are_multiplied_by_their_scales(tmp_path: Path, name: str, scale: Tensor) -> None:
    whole = scale if scale.ndim == 0 or scale.shape[-1] == 1 else scale.view(-1, 1)
    if scale.shape == (2, 2):
        whole = scale.repeat_interleave(3, 0).repeat_interleave(2, 1)
    tensors = {
        "a.weight": (WEIGHT / whole).to(torch.float8_e4m3fn),
        f"a.{name}": scale,
        "a.scale_input": torch.tensor(3.0),
        "a.bias": torch.ones(6),
        "scaled_fp8": torch.zeros(2).to(torch.float8_e4m3fn),
    }
    save_file(tensors, tmp_path / "a.safetensors")
    names = {each: each for each in tensors}
    read = read_tensors(tmp_path / "a.safetensors", names, torch.float32)
    assert set(read) == {"a.weight", "a.bias"}
    assert ((read["a.weight"] - WEIGHT).abs() <= STEP / 2 * WEIGHT.abs() + whole * 2**-9).all()
    assert torch.equal(read["a.bias"], torch.ones(6))


def test_without_scales_they_are_only_widened(tmp_path: Path) -> None:
    half = {"a.weight": WEIGHT.to(torch.float8_e5m2), "b.weight": WEIGHT.half(), "n": torch.arange(3)}
    save_file(half, tmp_path / "a.safetensors")
    read = read_tensors(
        tmp_path / "a.safetensors", {"a.weight": "x", "b.weight": "y", "n": "n"}, torch.float16
    )
    assert torch.equal(read["x"], WEIGHT.to(torch.float8_e5m2).half())
    assert {name: each.dtype for name, each in read.items()} == {
        "x": torch.float16,
        "y": torch.float16,
        "n": torch.int64,
    }


def test_a_scale_of_another_shape_is_refused(tmp_path: Path) -> None:
    save_file({"a.weight": WEIGHT, "a.weight_scale": torch.ones(5)}, tmp_path / "a.safetensors")
    names = {"a.weight": "a.weight", "a.weight_scale": "a.weight_scale"}
    with pytest.raises(CheckpointError, match=r"scales of shape \[5\] for a\.weight of \[6, 4\]"):
        read_tensors(tmp_path / "a.safetensors", names, torch.float32)
