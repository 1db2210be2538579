"""Every kind changes a weight as the program that wrote it would have merged it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from lycoris.modules.boft import ButterflyOFTModule
from lycoris.modules.diag_oft import DiagOFTModule
from lycoris.modules.glora import GLoRAModule
from lycoris.modules.ia3 import IA3Module
from lycoris.modules.locon import LoConModule
from lycoris.modules.loha import LohaModule
from lycoris.modules.lokr import LokrModule
from lycoris.modules.norms import NormModule
from torch import Tensor, nn

from gpuworker.adapters.change import Change, changed_parameters, run_changed
from gpuworker.adapters.errors import AdapterError
from gpuworker.adapters.kinds import Parts, change_of
from gpuworker.adapters.read import parts_of
from gpuworker.adapters.spelling import sort_out


def linear() -> Any:
    return nn.Linear(24, 16)


def convolution() -> Any:
    return nn.Conv2d(8, 16, 3, padding=1, stride=2)


def point() -> Any:
    return nn.Conv2d(8, 16, 1)


def norm() -> Any:
    return nn.GroupNorm(4, 16)


WRITTEN: dict[str, tuple[Any, Callable[[], Any], dict[str, Any]]] = {
    "lora": (LoConModule, linear, {"alpha": 1}),
    "lora of a convolution": (LoConModule, convolution, {"alpha": 2}),
    "lora of a point": (LoConModule, point, {}),
    "rank-stabilised": (LoConModule, linear, {"alpha": 1, "rs_lora": True}),
    "tucker": (LoConModule, convolution, {"use_tucker": True, "alpha": 1}),
    "dora": (LoConModule, linear, {"weight_decompose": True, "wd_on_out": True, "alpha": 1}),
    "dora of a convolution": (LoConModule, convolution, {"weight_decompose": True, "wd_on_out": True}),
    "dora of the inputs": (LoConModule, convolution, {"weight_decompose": True, "wd_on_out": False}),
    "loha": (LohaModule, linear, {"alpha": 1}),
    "loha of a convolution": (LohaModule, convolution, {"alpha": 1}),
    "loha with tucker": (LohaModule, convolution, {"use_tucker": True, "alpha": 1}),
    "doha": (LohaModule, linear, {"weight_decompose": True, "wd_on_out": True}),
    "lokr": (LokrModule, linear, {"factor": 4, "lora_dim": 2, "alpha": 1}),
    "lokr, both decomposed": (LokrModule, linear, {"factor": 4, "lora_dim": 1, "decompose_both": True}),
    "lokr, whole": (LokrModule, linear, {"factor": 4, "lora_dim": 100, "alpha": 1}),
    "lokr of a convolution": (LokrModule, convolution, {"factor": 2, "lora_dim": 1, "alpha": 0.5}),
    "lokr with tucker": (LokrModule, convolution, {"factor": 2, "lora_dim": 1, "use_tucker": True}),
    "dokr": (LokrModule, linear, {"factor": 4, "lora_dim": 2, "weight_decompose": True, "wd_on_out": True}),
    "oft": (DiagOFTModule, linear, {"lora_dim": 4}),
    "oft of a convolution, rescaled": (DiagOFTModule, convolution, {"lora_dim": 4, "rescaled": True}),
    "oft within a constraint": (DiagOFTModule, linear, {"lora_dim": 4, "constraint": 0.01}),
    "boft": (ButterflyOFTModule, linear, {"lora_dim": 4}),
    "boft of a convolution": (ButterflyOFTModule, convolution, {"lora_dim": 2, "rescaled": True}),
    "glora": (GLoRAModule, linear, {"alpha": 1}),
    "glora of a convolution": (GLoRAModule, convolution, {"alpha": 1}),
    "ia3": (IA3Module, linear, {}),
    "ia3 on the inputs": (IA3Module, linear, {"train_on_input": True}),
    "ia3 of a convolution": (IA3Module, convolution, {"train_on_input": True}),
    "norm": (NormModule, norm, {}),
}


@torch.no_grad()
def written(name: str) -> tuple[Any, Change, Any]:
    """A layer, how it is changed by what LyCORIS writes of an adapter for it, and LyCORIS' own pass."""
    make, new_layer, options = WRITTEN[name]
    torch.manual_seed(0)
    layer = new_layer()
    module = make("layer", layer, **{"multiplier": 1.0, "lora_dim": 4} | options)
    for parameter in module.parameters():
        parameter.add_(torch.randn_like(parameter), alpha=0.3)
    state = module.custom_state_dict() if hasattr(module, "custom_state_dict") else None
    spelt = sort_out(f"lora_unet_layer.{part}" for part in (state or module.state_dict()))
    assert not spelt.strange
    (named,) = spelt.layers.values()
    tensors = {f"lora_unet_layer.{part}": tensor for part, tensor in (state or module.state_dict()).items()}
    parts = parts_of({part: tensors[key].clone() for part, key in named.items()})
    module.org_forward = layer.forward
    return layer, change_of(parts, layer.weight), module


def an_input(layer: Any) -> Tensor:
    match layer:
        case nn.Linear():
            return torch.randn(3, 24)
        case nn.Conv2d():
            return torch.randn(2, 8, 6, 6)
    return torch.randn(2, 16, 6, 6)


def error(found: Tensor, right: Tensor, before: Tensor) -> float:
    """The distance of a change from the right one, relative to it."""
    return float((found - right).norm() / (right - before).norm())


@pytest.mark.parametrize("name", WRITTEN)
@torch.no_grad()
def test_a_layer_computes_what_it_computes_in_training(name: str) -> None:
    # LyCORIS' merging is no measure: of a LoHa and a LoKr it takes the scale twice.
    layer, change, module = written(name)
    x = an_input(layer)
    before, right = layer(x), module(x)
    assert error(run_changed(layer, layer.forward, [(change, 1.0)], x), right, before) < 1e-5
    assert torch.equal(layer(x), before)
    half = run_changed(layer, layer.forward, [(change, 0.5)], x)
    assert torch.allclose(half - before, (right - before) / 2, atol=1e-5)


@pytest.mark.parametrize("name", WRITTEN)
@torch.no_grad()
def test_the_weight_can_be_merged_to_the_same_effect(name: str) -> None:
    layer, change, module = written(name)
    x = an_input(layer)
    before, right = layer(x), module(x)
    weight, bias = changed_parameters(layer, [(change, 1.0)])
    layer.weight.copy_(weight)
    if bias is not None:
        layer.bias.copy_(bias)
    assert error(layer(x), right, before) < 1e-5


@torch.no_grad()
def test_a_full_difference_is_added_to_weight_and_bias() -> None:
    layer: Any = convolution()
    diff, diff_b = torch.randn(16, 8, 3, 3), torch.randn(16)
    for parts in ({"diff": diff, "diff_b": diff_b}, {"diff": diff.flatten(1), "diff_b": diff_b}):
        weight, bias = changed_parameters(layer, [(change_of(Parts(parts, {}), layer.weight), 0.5)])
        assert torch.equal(weight, layer.weight + 0.5 * diff)
        assert bias is not None
        assert torch.equal(bias, layer.bias + 0.5 * diff_b)
    bare: Any = nn.Linear(3, 2, bias=False)
    alone = change_of(Parts({"diff_b": torch.ones(2)}, {}), bare.weight)
    assert torch.equal(
        run_changed(bare, bare.forward, [(alone, 2.0)], torch.zeros(1, 3)), torch.full((1, 2), 2.0)
    )


@pytest.mark.parametrize(
    ("had", "said"),
    [
        ({"up"}, "a LoRA, incomplete"),
        ({"hada_w1_a", "hada_w1_b", "hada_w2_a"}, "a LoHa, incomplete"),
        ({"up", "down", "oft_blocks"}, "a LoRA with parts that are not known \\(oft_blocks"),
        ({"weight"}, "of a kind that is not known here \\(weight"),
    ],
)
def test_what_is_incomplete_or_unknown_is_said(had: set[str], said: str) -> None:
    with pytest.raises(AdapterError, match=said):
        change_of(Parts({part: torch.ones(2, 2) for part in had}, {}), torch.ones(2, 2))
