"""Restores faces with the models that were made for it, such as GFPGAN and CodeFormer."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from spandrel import ImageModelDescriptor

from gpuworker.checkpoints.errors import CheckpointError
from gpuworker.checkpoints.load import ONE_AT_A_TIME
from gpuworker.models.on_device import AT_ONCE, OnDevice
from gpuworker.models.spandrel import load_network
from gpuworker.registry import RegistryError, built_in, entry_of, registry
from storage.settings import Settings

_SIDE = 512
"""In pixels: all of these models were trained on squares of this size, with a face in the middle."""


@dataclass(frozen=True, eq=False)
class Restorer:
    """A loaded model."""

    network: ImageModelDescriptor[torch.nn.Module]
    on_device: OnDevice = AT_ONCE

    def restore(self, face: Image.Image) -> Image.Image:
        """Restore a face: an RGB picture of it, upright and with about as much again around it.

        The networks are called as their authors do, with values from -1 to 1 in and out: spandrel's
        descriptor would cut off the lower half of what comes out.
        """
        square = np.array(face.resize((_SIDE, _SIDE), Image.Resampling.LANCZOS))
        restored = self.on_device.run(partial(self._restore, square))
        return Image.fromarray(restored).resize(face.size, Image.Resampling.LANCZOS)

    @torch.inference_mode()
    def _restore(self, square: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """A face of the side that the model was trained on, (side, side, 3), restored."""
        values = torch.tensor(square, device=self.network.device).to(self.network.dtype) / 127.5 - 1
        with torch.random.fork_rng():
            # GFPGAN adds noise, and the same face should always be restored alike.
            torch.manual_seed(0)
            restored = self.network.model(values.permute(2, 0, 1)[None])[0]
        pixels = ((restored[0].permute(1, 2, 0).float().clamp(-1, 1) + 1) * 127.5).round().byte()
        found: NDArray[np.uint8] = pixels.cpu().numpy()
        return found


class Restorers:
    """Loads the models of kind `faces` on first use, each once. Any thread may ask."""

    def __init__(self, settings: Settings, device: torch.device | str, on_device: OnDevice = AT_ONCE) -> None:
        self._settings, self._device, self._on_device = settings, device, on_device
        self._lock = threading.Lock()
        self._loaded: dict[str, Restorer] = {}

    def get(self, name: str) -> Restorer:
        """Give the model of that name in the registry. Raises `CheckpointError`; the next call retries."""
        with self._lock:
            if name not in self._loaded:
                self._loaded[name] = self._load(name)
            return self._loaded[name]

    def _load(self, name: str) -> Restorer:
        try:
            entry = entry_of(name, self._settings)
        except RegistryError as error:
            raise CheckpointError(str(error)) from error
        if entry.kind != "faces":
            raise CheckpointError(f"{name} is a model of kind {entry.kind}: choose one of kind faces.")
        file = entry.first_file_place(self._settings)
        if not file.exists():
            raise CheckpointError(f"{name} is not on this machine: run `darkroom models fetch {name}`.")
        with ONE_AT_A_TIME:
            return Restorer(load_network(file, "FaceSR", self._device), self._on_device)


def restorers_here(settings: Settings) -> list[str]:
    """Name the models of kind `faces` whose files are on this machine."""
    try:
        entries = registry(settings)
    except RegistryError:  # the doctor tells of it
        entries = built_in()
    faces = (entry for entry in entries.values() if entry.kind == "faces")
    return [entry.name for entry in faces if entry.first_file_place(settings).exists()]
