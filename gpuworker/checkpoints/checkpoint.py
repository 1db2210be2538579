"""A loaded checkpoint: its model, and what is known of it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any

import torch
from torch import Tensor

from gpuworker.adapters.adapters import NOTHING, Adapters
from gpuworker.checkpoints.footprint import Footprint
from gpuworker.checkpoints.offload import Offloaded
from gpuworker.families.family import Family
from gpuworker.families.model import Model, Rows, WeightedText
from gpuworker.families.preview import Preview
from storage.weighting import Weighting

log = logging.getLogger(__name__)

_CACHED_PROMPTS = 64


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """A loaded checkpoint. Its networks are on `device`, of `dtype`, and in evaluation mode.

    Those that are `offloaded`, by the names of their folders, lie in RAM until they are needed.

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
    offloaded: Mapping[str, Offloaded] = field(default_factory=dict)

    @cached_property
    def _encoded(self) -> Callable[[WeightedText, Weighting], Rows]:
        return lru_cache(_CACHED_PROMPTS)(self.encode)

    def encode(self, text: WeightedText, weighting: Weighting = Weighting.DARKROOM) -> Rows:
        """Encode a prompt as the model does, with the text towers on the device."""
        for tower in self.offloaded_towers:
            tower.bring()
        return self.model.encode_prompt(text, weighting)

    def decode(self, latents: Tensor, tile: int | None = None) -> Tensor:
        """Turn latents into pixels as the model does, in fp32 those that leave the range of less."""
        self.bring_autoencoder()
        return self._within_range(lambda some: self.model.decode(some, tile), latents)

    def encode_pixels(self, pixels: Tensor, tile: int | None = None) -> Tensor:
        """Turn pixels into latents as the model does, in fp32 those that leave the range of less."""
        self.bring_autoencoder()
        return self._within_range(lambda some: self.model.encode(some, tile), pixels)

    def _within_range(self, run: Callable[[Tensor], Tensor], pictures: Tensor) -> Tensor:
        found, vae = run(pictures), self.model.networks["vae"]
        if vae.dtype == torch.float32:
            return found
        sound = found.isfinite().flatten(1).all(1) | ~pictures.isfinite().flatten(1).all(1).to(found.device)
        which = [i for i, each in enumerate(sound.tolist()) if not each]
        if not which:
            return found
        log.warning("checkpoint %s: %s is too narrow for a picture, which gets fp32", self.name, vae.dtype)
        parts = list(torch.split(found.float(), 1))
        with _in_fp32(vae):
            for i in which:  # batch mates keep theirs, as if they had been alone
                parts[i] = run(pictures[i : i + 1]).float()
        return torch.cat(parts)

    @property
    def offloaded_towers(self) -> list[Offloaded]:
        """The text towers, if they lie in RAM between prompts."""
        return [network for name, network in self.offloaded.items() if name.startswith("text_encoder")]

    def send_away(self) -> None:
        """Have only what every step needs on the device, and what another thread is bringing right now."""
        for network in self.offloaded.values():
            if not network.is_coming:
                network.send_away()

    def bring_autoencoder(self) -> None:
        """Have the autoencoder on the device, instead of the text towers where either is offloaded."""
        if (vae := self.offloaded.get("vae")) is not None:
            for tower in self.offloaded_towers:
                tower.send_away()
            vae.bring()

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
        return Footprint(self.model, self.encode_prompt, self.device, self.dtype, self.bring_autoencoder)

    @cached_property
    def bytes(self) -> int:
        """The bytes that the weights take on the device, as long as it is sent away what can be."""
        return sum(
            tensor.numel() * tensor.element_size()
            for name, network in self.model.networks.items()
            if name not in self.offloaded
            for tensor in network.state_dict().values()
        )

    @property
    def visiting_towers(self) -> int:
        """The bytes that offloaded text towers take while they are on the device; 0 if there are none."""
        return sum(tower.bytes for tower in self.offloaded_towers)

    @property
    def visiting_autoencoder(self) -> int:
        """The bytes that an offloaded autoencoder takes while it is on the device; 0 if it always is."""
        return self.offloaded["vae"].bytes if "vae" in self.offloaded else 0


@contextmanager
def _in_fp32(network: Any) -> Iterator[None]:
    usual = network.dtype
    network.float()
    try:
        yield
    finally:
        network.to(usual)
