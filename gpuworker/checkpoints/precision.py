"""Reads tensors as plain numbers: weights in fp8 and int8 are multiplied by the scales beside them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import safe_open
from torch import Tensor

from gpuworker.checkpoints.errors import CheckpointError
from gpuworker.checkpoints.packing import is_scale, scale_of


def read_tensors(file: Path, names: Mapping[str, str], dtype: torch.dtype) -> dict[str, Tensor]:
    """Read tensors of a safetensors file under their new `names`, by their names in the file.

    Weights with scales are multiplied by them, in fp32, and then are of `dtype`; so are all others in fp8.
    Raises `CheckpointError` for a scale of another shape, and whatever goes wrong in safetensors.
    """
    found: dict[str, Tensor] = {}
    with safe_open(file, framework="pt") as opened:
        for name, new in names.items():
            if is_scale(name):
                continue
            tensor = opened.get_tensor(name)
            if (scale := scale_of(name, names)) is not None:
                tensor = _scaled(file, name, tensor.float(), opened.get_tensor(scale).float()).to(dtype)
            elif tensor.is_floating_point() and tensor.element_size() == 1:
                tensor = tensor.to(dtype)
            found[new] = tensor
    return found


def _scaled(file: Path, name: str, weight: Tensor, scale: Tensor) -> Tensor:
    """Multiply by one factor, by one for each row, or by one for each block of rows and columns."""
    if scale.numel() == 1:
        return weight * scale.flatten()
    if scale.numel() == len(weight):
        return weight * scale.view(-1, *(1,) * (weight.ndim - 1))
    if weight.ndim == scale.ndim == 2:
        for axis in (0, 1):
            block = -(-weight.shape[axis] // scale.shape[axis])
            scale = scale.repeat_interleave(block, axis).narrow(axis, 0, weight.shape[axis])
        return weight * scale
    raise CheckpointError(
        f"{file} has scales of shape {list(scale.shape)} for {name} of {list(weight.shape)}, which Darkroom"
        " does not read: take the same checkpoint in fp16."
    )
