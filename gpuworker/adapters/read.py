"""Reads the file of a LoRA, or of its kin, into what it changes in a checkpoint's layers."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from gpuworker.adapters.about import hash_of_numbers
from gpuworker.adapters.change import CHANGEABLE, Change, LowRank
from gpuworker.adapters.errors import AdapterDamaged, AdapterError, Misfit
from gpuworker.adapters.foreign import foreign_title
from gpuworker.adapters.kinds import SCALARS, Parts, change_of, kind_of
from gpuworker.adapters.layers import Layer, Layers
from gpuworker.adapters.peft_config import PeftConfig, peft_config
from gpuworker.adapters.spelling import sort_out


@dataclass(frozen=True, eq=False)
class Adapter:
    """What a file changes, by layer. Nothing in the checkpoint knows of it until it is worn.

    `bundled` are embeddings that came along, by word: their tensors by part. `bytes` is what all of it takes,
    `hash` the SHA-256 of the file's numbers in hexadecimal, as A1111 and civitai (AutoV3) have it.
    """

    changes: Mapping[Layer, Change]
    bundled: Mapping[str, Mapping[str, Tensor]]
    bytes: int
    hash: str


def read_adapter(file: Path, networks: Mapping[str, Any], device: torch.device) -> Adapter:
    """Read a safetensors file for a checkpoint's networks, in the precision of each layer, on `device`.

    It only looks at the networks, so that it may run on any thread. Every tensor of the file is accounted
    for. Raises AdapterError for what does not fit or is of no known kind, AdapterDamaged for what is broken,
    and OSError.
    """
    try:
        with safe_open(file, framework="pt") as opened:
            names = list(opened.keys())
            tensors = {name: opened.get_tensor(name) for name in names}
            config = peft_config(file, opened.metadata() or {})
    except SafetensorError as error:
        raise AdapterDamaged(f"is damaged ({error})") from error
    if not names:
        raise AdapterDamaged("is empty")
    spelt = sort_out(names)
    if spelt.strange:
        raise AdapterError(
            f"is {title}, which is no LoRA"
            if (title := foreign_title(names))
            else f"has {len(spelt.strange)} tensors of {len(names)} that mean nothing here,"
            f" {spelt.strange[0]} among them"
        )
    groups = {
        layer: parts_of({part: tensors[name] for part, name in named.items()})
        for layer, named in spelt.layers.items()
    }
    found = _find_layers(groups, Layers(networks))
    changes = {
        found[name].layer: _change(found[name], parts, config, device) for name, parts in groups.items()
    }
    bundled = {
        word: {part: _sound(name, tensors[name]) for part, name in named.items()}
        for word, named in spelt.bundled.items()
    }
    taken = sum(
        tensor.numel() * found[name].layer.module.weight.element_size()
        for name, parts in groups.items()
        for tensor in parts.tensors.values()
    )
    return Adapter(changes, bundled, taken, hash_of_numbers(file))


class _Found(NamedTuple):
    """A layer by its name in the file, and what it is."""

    name: str
    layer: Layer


def _find_layers(groups: Mapping[str, Parts], layers: Layers) -> dict[str, _Found]:
    """Find every layer. Raises AdapterError if one is not there, cannot be changed, or is named twice."""
    for name, parts in groups.items():
        try:
            kind_of(parts)
        except AdapterError as error:
            title = foreign_title(
                [f"{name}.{part}" for name, parts in groups.items() for part in parts.tensors]
            )
            raise AdapterError(f"is {title}, which is no LoRA" if title else f"{error}, in {name}") from None
    found = {name: layer for name in groups if (layer := layers.find(name)) is not None}
    if lost := sorted(groups.keys() - found.keys()):
        raise Misfit(f"{len(lost)} of its {len(groups)} layers are not in it, {lost[0]} among them")
    named: dict[Layer, str] = {}
    for name, layer in found.items():
        if layer in named:
            raise AdapterError(f"changes one layer under two names ({named[layer]}, {name})")
        if not isinstance(layer.module, CHANGEABLE):
            raise Misfit(f"{name} is a layer of another kind in it")
        named[layer] = name
    return {name: _Found(name, layer) for name, layer in found.items()}


def _change(found: _Found, parts: Parts, config: PeftConfig, device: torch.device) -> Change:
    """Give the change of one layer, checked and on the device."""
    weight, name = found.layer.module.weight, found.name
    parts = config.scaled(name, parts)
    _refuse_other_shapes(found, parts)
    with torch.inference_mode(False), torch.no_grad():
        tensors = {
            part: _sound(f"{name}.{part}", tensor.to(device, weight.dtype))
            for part, tensor in parts.tensors.items()
        }
        for part, number in parts.numbers.items():
            if not math.isfinite(number):
                raise AdapterDamaged(f"is damaged: {name}.{part} is no number")
        return change_of(Parts(tensors, parts.numbers), weight.detach())


def _refuse_other_shapes(found: _Found, parts: Parts) -> None:
    """Raise Misfit unless the change has the shapes of the layer, which takes no arithmetic to see."""
    weight = torch.empty_like(found.layer.module.weight, device="meta")
    tensors = {part: tensor.to("meta", weight.dtype) for part, tensor in parts.tensors.items()}
    bias = tensors.get("diff_b", tensors.get("b_norm", tensors.get("up_bias")))
    try:
        change = change_of(Parts(tensors, parts.numbers), weight)
        match change.weight:
            case None:
                fits = True
            case LowRank():
                fits = change.weight.fits(weight)
            case _:
                fits = change.weight(weight).shape == weight.shape
    except (RuntimeError, IndexError, ValueError) as error:
        if isinstance(error, AdapterError):
            raise
        fits = False
    if not fits or (bias is not None and bias.shape != weight.shape[:1]):
        said = " and ".join("x".join(map(str, tensor.shape)) for tensor in parts.tensors.values())
        raise Misfit(f"{found.name} is {'x'.join(map(str, weight.shape))} in it, and {said} in the LoRA")


def parts_of(tensors: Mapping[str, Tensor]) -> Parts:
    """Tell the numbers among the tensors of a layer, by part, from the rest."""
    numbers = {part: float(tensors[part].reshape(-1)[0]) for part in SCALARS if part in tensors}
    return Parts({part: tensor for part, tensor in tensors.items() if part not in SCALARS}, numbers)


def _sound(name: str, tensor: Tensor) -> Tensor:
    # The sum is seven times as fast to look at, and finite only if all numbers are.
    if not torch.isfinite(tensor.sum()) and not torch.isfinite(tensor).all():
        raise AdapterDamaged(f"is damaged: {name} holds infinities or not-a-numbers")
    return tensor
