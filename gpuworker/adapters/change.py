"""What an adapter does to one layer, and the layer's pass with it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import torch
from torch import Tensor, nn
from torch.nn import functional as F

Difference: TypeAlias = Callable[[Tensor], Tensor]
"""Computes from a layer's own weight how much is added to it, a tensor of the same shape."""


@dataclass(frozen=True, slots=True, eq=False)
class LowRank:
    """The product of two thin matrices (Hu et al., arXiv 2106.09685): `scale * up @ down`.

    `down` is (rank, in, ...) with the kernel of the layer, `up` (out, rank, ...) with a kernel of 1.
    """

    down: Tensor
    up: Tensor
    scale: float

    def __call__(self, weight: Tensor) -> Tensor:
        """Give the product in the shape of the layer's weight."""
        product = self.up.flatten(1) @ self.down.flatten(1)
        return (self.scale * product).reshape(weight.shape)

    def fits(self, weight: Tensor) -> bool:
        """Tell whether the product has the shape of the layer's weight."""
        shape = (self.up.shape[0], *self.down.shape[1:])
        return shape == tuple(weight.shape) and self.up.shape[1] == len(self.down)

    def output(self, layer: Any, x: Tensor) -> Tensor:
        """Give what the product makes of the layer's input, but for `scale`; cheaper than the product."""
        if isinstance(layer, nn.Linear):
            return F.linear(F.linear(x, self.down), self.up)
        return F.conv2d(layer._conv_forward(x, self.down, None), self.up)


@dataclass(frozen=True, slots=True, eq=False)
class Change:
    """What an adapter of weight 1 adds to a layer's weight and bias; its other weights add in proportion."""

    weight: Difference | None = None
    bias: Tensor | None = None


Worn: TypeAlias = Sequence[tuple[Change, float]]
"""The changes of one layer, each with the weight of its adapter."""


def run_changed(layer: Any, plain: Callable[[Tensor], Tensor], worn: Worn, x: Tensor) -> Tensor:
    """Give the layer's output with these changes; `plain` is its pass without any.

    Products of thin matrices are added to the output, at a fraction of the layer's cost and in no memory.
    Other changes are computed from the layer's weight each time: kept, they would take as much memory as it.
    """
    thin = [(change.weight, by) for change, by in worn if isinstance(change.weight, LowRank)]
    dense = [each for each in worn if not isinstance(each[0].weight, LowRank) or each[0].bias is not None]
    out = _run_with(layer, *_parameters(layer, dense), x) if dense else plain(x)
    for low_rank, by in thin:
        out.add_(low_rank.output(layer, x), alpha=by * low_rank.scale)
    return out


def changed_parameters(layer: Any, worn: Worn) -> tuple[Tensor, Tensor | None]:
    """Give weight and bias as merging by hand would make them."""
    weight, bias = _parameters(layer, worn)
    for change, by in worn:
        if isinstance(change.weight, LowRank):
            weight = torch.add(weight, change.weight(layer.weight), alpha=by)
    return weight, bias


def _parameters(layer: Any, worn: Worn) -> tuple[Tensor, Tensor | None]:
    """Give weight and bias with all changes but the products of thin matrices."""
    weight, bias = layer.weight, getattr(layer, "bias", None)
    for change, by in worn:
        if change.weight is not None and not isinstance(change.weight, LowRank):
            weight = torch.add(weight, change.weight(layer.weight), alpha=by)
        if change.bias is not None:
            bias = by * change.bias if bias is None else torch.add(bias, change.bias, alpha=by)
    return weight, bias


def _run_with(layer: Any, weight: Tensor, bias: Tensor | None, x: Tensor) -> Tensor:
    match layer:
        case nn.Linear():
            return F.linear(x, weight, bias)
        case nn.Conv2d():
            convolved: Tensor = layer._conv_forward(x, weight, bias)
            return convolved
        case nn.GroupNorm():
            return F.group_norm(x, layer.num_groups, weight, bias, layer.eps)
        case nn.LayerNorm():
            return F.layer_norm(x, layer.normalized_shape, weight, bias, layer.eps)
        case nn.Embedding():
            return F.embedding(x, weight, layer.padding_idx)
    raise TypeError(f"{type(layer).__name__} cannot be changed")


CHANGEABLE = (nn.Linear, nn.Conv2d, nn.GroupNorm, nn.LayerNorm, nn.Embedding)
