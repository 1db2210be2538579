"""LoRAs beside the weights of a checkpoint (Hu et al., arXiv 2106.09685), through diffusers and peft."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypeAlias

import torch
from safetensors.torch import load_file

KEPT = 8
"""LoRAs that a checkpoint keeps in memory; the one not used longest goes."""

Worn: TypeAlias = tuple[tuple[Path, float], ...]
"""The safetensors files of LoRAs, each with its weight."""


class Adapters:
    """The LoRAs that were read for a checkpoint, and which of them it wears; for the rendering thread alone.

    The weights themselves stay as they are: with no LoRA on, a checkpoint computes exactly what it always
    did, and a change takes milliseconds, however large the checkpoint is.
    """

    def __init__(self, pipeline: Any) -> None:
        """`pipeline` is diffusers' of the checkpoint's very networks."""
        self._pipeline = pipeline
        self._names: dict[Path, str] = {}
        """By file, the least recently used first; peft allows no dots in names."""
        self._count = 0
        self._worn: Worn | None = ()
        """None while it is not known."""

    def missing(self, files: Iterable[Path]) -> list[Path]:
        """Those that are yet to be read; the others count as just used."""
        missing = []
        for file in files:
            if file in self._names:
                self._names[file] = self._names.pop(file)
            else:
                missing.append(file)
        return missing

    @torch.inference_mode(False)
    def read(self, file: Path, dtype: torch.dtype) -> None:
        """Read a LoRA to be worn. Raises whatever goes wrong in safetensors, diffusers and peft.

        The caller keeps others from loading meanwhile (see `ONE_AT_A_TIME`).
        """
        weights = {key: weight.to(dtype) for key, weight in load_file(file).items()}
        if len(self._names) >= KEPT:
            self._pipeline.delete_adapters(self._names.pop(next(iter(self._names))))
        self._worn = None
        name = f"lora-{self._count}"
        self._count += 1
        with warnings.catch_warnings(action="ignore"):  # peft wonders at every second LoRA
            self._pipeline.load_lora_weights(weights, adapter_name=name)
        if not any(name in found for found in self._pipeline.get_list_adapters().values()):
            raise ValueError("no weight belongs to any of its layers")
        self._names[file] = name

    def wear(self, worn: Worn) -> None:
        """From now on the checkpoint computes with these LoRAs, all of them read before, and no others."""
        if worn == self._worn:
            return
        self._worn = None
        if worn:
            names, weights = [self._names[file] for file, _ in worn], [weight for _, weight in worn]
            self._pipeline.set_adapters(names, weights)
            self._pipeline.enable_lora()
        else:
            self._pipeline.disable_lora()
        self._worn = worn
