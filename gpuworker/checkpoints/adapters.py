"""Loads LoRAs beside a checkpoint's weights (Hu et al., arXiv 2106.09685), through diffusers and peft."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypeAlias

import torch
from safetensors.torch import load_file

MOST_LOADED = 8
"""LoRAs in memory for each checkpoint; the least recently used makes way."""

AdapterWeights: TypeAlias = tuple[tuple[Path, float], ...]
"""The safetensors files of the LoRAs that are active together, each with its weight."""


class Adapters:
    """The LoRAs that are loaded for a checkpoint, and those that are active; for the rendering thread alone.

    The checkpoint's own weights stay as they are: with no LoRA active it computes exactly what it always did,
    and a change takes milliseconds, however large the checkpoint is.
    """

    def __init__(self, pipeline: Any) -> None:
        """Load into the networks of `pipeline`, diffusers' pipeline around those of the checkpoint."""
        self._pipeline = pipeline
        self._names: dict[Path, str] = {}
        """By file, the least recently used first; peft allows no dots in names."""
        self._count = 0
        self._active: AdapterWeights | None = ()
        """None while that is uncertain."""

    def not_loaded(self, files: Iterable[Path]) -> list[Path]:
        """Give those that are not loaded yet; the others count as just used."""
        missing = []
        for file in files:
            if file in self._names:
                self._names[file] = self._names.pop(file)
            else:
                missing.append(file)
        return missing

    @torch.inference_mode(False)
    def load(self, file: Path, dtype: torch.dtype) -> None:
        """Load a LoRA. Raises whatever goes wrong in safetensors, diffusers and peft.

        The caller keeps others from loading meanwhile (see `ONE_AT_A_TIME`).
        """
        weights = {key: weight.to(dtype) for key, weight in load_file(file).items()}
        if len(self._names) >= MOST_LOADED:
            self._pipeline.delete_adapters(self._names.pop(next(iter(self._names))))
        self._active = None
        name = f"lora-{self._count}"
        self._count += 1
        with warnings.catch_warnings(action="ignore"):  # peft wonders at every second LoRA
            self._pipeline.load_lora_weights(weights, adapter_name=name)
        if not any(name in found for found in self._pipeline.get_list_adapters().values()):
            raise ValueError("no weight belongs to any of its layers")
        self._names[file] = name

    def activate(self, adapters: AdapterWeights) -> None:
        """Make the checkpoint compute with these LoRAs, all of them loaded, and no others."""
        if adapters == self._active:
            return
        self._active = None
        if adapters:
            names = [self._names[file] for file, _ in adapters]
            weights = [weight for _, weight in adapters]
            self._pipeline.set_adapters(names, weights)
            self._pipeline.enable_lora()
        else:
            self._pipeline.disable_lora()
        self._active = adapters
