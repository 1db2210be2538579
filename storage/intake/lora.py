"""Another server's LoRAs: read without torch, and written anew with the matrices and nothing that was said.

Taken are those that Darkroom trains, as kohya's scripts write them: for each layer two matrices and a number.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, deserialize
from safetensors.numpy import save

from moderation.told import Told
from storage.intake.refused import IntakeError, check_weight
from storage.ordered import ordered

LARGEST_LORA = 60_000_000
"""Bytes."""
_HIGHEST_RANK = 128
_PARTS = ("lora_down.weight", "lora_up.weight", "alpha")
_LAYER = re.compile(r"lora_[a-z0-9]+_[A-Za-z0-9_]{1,200}")
_SAID = re.compile(r"[\w./ -]{1,64}", re.ASCII)
_KEPT = ("format", "modelspec.architecture", "ss_base_model_version", "ss_v2", "ss_network_module")
"""What other programs need to know of a file: for which checkpoints it is, and how it is written."""
_DTYPES = {"F16": "<f2", "F32": "<f4"}

_Numbers = NDArray[np.floating]


class TakenLora(NamedTuple):
    """A safetensors file, and the rank of its matrices."""

    file: bytes
    rank: int


def take_lora(data: bytes) -> TakenLora:
    """Clean a LoRA. Raises IntakeError for anything else, and for what is damaged."""
    check_weight(data, "LoRA", LARGEST_LORA)
    try:
        tensors = {name: _numbers(found) for name, found in deserialize(data)}  # type: ignore[no-untyped-call]
        (rank,) = {_rank(layer, parts) for layer, parts in _layers(tensors).items()}
        said = _said(data)
    except (SafetensorError, KeyError, ValueError, RecursionError) as error:
        raise IntakeError(
            Told("The file is no LoRA as Darkroom trains them, or it is damaged: ask for it again.")
        ) from error
    return TakenLora(ordered(save(tensors, said)), rank)


def _layers(tensors: Mapping[str, _Numbers]) -> dict[str, dict[str, _Numbers]]:
    """Sort tensors by the layer that they change."""
    layers = dict[str, dict[str, _Numbers]]()
    for name, numbers in tensors.items():
        layer, _, part = name.partition(".")
        layers.setdefault(layer, {})[part] = numbers
    return layers


def _numbers(found: Mapping[str, object]) -> _Numbers:
    """Read a tensor. Raises ValueError and KeyError."""
    shape, data = found["shape"], found["data"]
    assert isinstance(shape, list)
    assert isinstance(data, bytes | bytearray)
    numbers: _Numbers = np.frombuffer(data, _DTYPES[str(found["dtype"])]).reshape(shape)
    if numbers.ndim > 4 or not np.isfinite(numbers).all():
        raise ValueError("no numbers to draw with")
    return numbers


def _rank(layer: str, parts: Mapping[str, _Numbers]) -> int:
    """Give the rank of a layer's matrices. Raises ValueError where they do not fit each other."""
    if not _LAYER.fullmatch(layer) or parts.keys() != set(_PARTS):
        raise ValueError("no layer")
    down, up, alpha = (parts[part] for part in _PARTS)
    if alpha.size != 1 or min(down.ndim, up.ndim) < 2 or down.shape[0] != up.shape[1]:
        raise ValueError("matrices that do not fit each other")
    if not 1 <= down.shape[0] <= _HIGHEST_RANK:
        raise ValueError("no rank")
    return int(down.shape[0])


def _said(data: bytes) -> dict[str, str]:
    """Give what a file, whose header was read before, says of itself that others need."""
    length = int.from_bytes(data[:8], "little")
    said = json.loads(data[8 : 8 + length]).get("__metadata__") or {}
    return {name: said[name] for name in _KEPT if _SAID.fullmatch(str(said.get(name, "")))}
