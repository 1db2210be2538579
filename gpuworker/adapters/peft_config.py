"""What peft and diffusers write beside the tensors of a LoRA: how its products are scaled."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from gpuworker.adapters.kinds import Parts

_METADATA = "lora_adapter_metadata"
"""diffusers' key, whose value is JSON with the network's name before each field."""
_BESIDE = "adapter_config.json"
"""peft's file."""


class PeftConfig(NamedTuple):
    """The fields of a LoraConfig by network; those of peft's own file are under the empty name."""

    fields: Mapping[str, Mapping[str, Any]]

    def scaled(self, layer: str, parts: Parts) -> Parts:
        """Give the parts with the alpha that is said here, if the tensors say none."""
        network = next((name for name in self.fields if layer.startswith(name)), None)
        if network is None or "alpha" in parts.numbers or "diff" in parts.tensors:
            return parts
        said = self.fields[network]
        rank = _of_layer(said.get("rank_pattern"), layer, said.get("r"))
        alpha = _of_layer(said.get("alpha_pattern"), layer, said.get("lora_alpha", said.get("alpha")))
        if not rank or alpha is None:
            return parts
        stretch = math.sqrt(rank) if said.get("use_rslora") else 1.0
        if {"lokr_w1", "lokr_w2"} <= parts.tensors.keys():  # whole matrices, which tell no rank
            return parts._replace(numbers={**parts.numbers, "scalar": alpha * stretch / rank})
        return parts._replace(numbers={**parts.numbers, "alpha": alpha * stretch})


def peft_config(file: Path, metadata: Mapping[str, str]) -> PeftConfig:
    """Read the file's metadata, or peft's file beside it; what makes no sense says nothing."""
    fields: dict[str, dict[str, Any]] = {}
    with suppress(ValueError, TypeError, AttributeError):
        for name, value in json.loads(metadata.get(_METADATA, "{}")).items():
            network, _, field = name.rpartition(".")
            fields.setdefault(f"{network}." if network else "", {})[field] = value
    beside = file.with_name(_BESIDE)
    if not fields and file.name.lower() == "adapter_model.safetensors":
        with suppress(OSError, ValueError):
            fields = {"": dict(json.loads(beside.read_text(encoding="utf-8")))}
    return PeftConfig(dict(sorted(fields.items(), reverse=True)))


def _of_layer(patterns: Any, layer: str, default: Any) -> Any:
    """Look a layer up in a table of patterns as peft does: the end of its name, after a dot."""
    if isinstance(patterns, Mapping):
        for pattern, value in patterns.items():
            with suppress(re.error):
                if re.search(rf"(?:^|\.){pattern}\Z", layer):
                    return value
    return default
