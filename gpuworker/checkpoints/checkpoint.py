"""A loaded checkpoint: its model, and what is known of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import torch

from gpuworker.adapters.adapters import NOTHING, Adapters
from gpuworker.checkpoints.footprint import Footprint
from gpuworker.families.family import Family
from gpuworker.families.model import Model, Rows, WeightedText
from gpuworker.families.preview import Preview
from storage.weighting import Weighting

_CACHED_PROMPTS = 64


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """A loaded checkpoint. Its networks are on `device`, of `dtype`, and in evaluation mode.

    `hash` is the SHA-256 of the denoiser's weight files, or of the whole single file, in hexadecimal.
    `scheduler_config` is diffusers' configuration of the noise schedule and of what the denoiser predicts.
    `guidance_rescale`, 0 to 1, is how far guidance is kept from overexposing (arXiv 2305.08891).
    """

    name: str
    hash: str
    device: torch.device
    dtype: torch.dtype
    family: Family
    model: Model
    scheduler_config: Mapping[str, Any]
    preview: Preview
    guidance_rescale: float = 0.0

    @cached_property
    def _encoded(self) -> Callable[[WeightedText, Weighting], Rows]:
        return lru_cache(_CACHED_PROMPTS)(self.model.encode_prompt)

    def encode_prompt(self, text: WeightedText, weighting: Weighting = Weighting.DARKROOM) -> Rows:
        """Encode as the model does, or remember it: rerolls repeat prompts, and most share the empty one."""
        return self._encoded(text, weighting)

    @cached_property
    def adapters(self) -> Adapters:
        """The LoRAs that are in memory for it."""
        return Adapters()

    @property
    def adapter_bytes(self) -> int:
        """The bytes that its LoRAs in memory take beside the weights."""
        return self.adapters.bytes if "adapters" in vars(self) else 0

    def wear_nothing(self) -> None:
        """Compute without LoRAs from now on."""
        if "adapters" in vars(self):
            self.adapters.wear(NOTHING)

    @cached_property
    def footprint(self) -> Footprint:
        """The memory that passes take beside the weights."""
        return Footprint(self.model, self.encode_prompt, self.device, self.dtype)

    @cached_property
    def bytes(self) -> int:
        """The bytes that the weights take."""
        return sum(
            tensor.numel() * tensor.element_size()
            for network in self.model.networks.values()
            for tensor in network.state_dict().values()
        )
