"""The detector of figures that the operator chose: loaded when it is first needed, one for all seats."""

from __future__ import annotations

import threading

import torch

from gpuworker.checkpoints.errors import CheckpointError
from gpuworker.checkpoints.load import ONE_AT_A_TIME
from gpuworker.models.registry import RegistryError, chosen
from gpuworker.models.yolo import Yolo
from storage.settings import Settings


class KeptDetector:
    """Gives the detector that the settings name. Any thread may ask."""

    def __init__(self, settings: Settings, device: torch.device | str) -> None:
        self._settings, self._device = settings, device
        self._lock = threading.Lock()
        self._loaded: Yolo | None = None

    def get(self) -> Yolo:
        """The detector, loaded. Raises `CheckpointError`; the next call tries again."""
        with self._lock:
            if self._loaded is None:
                self._loaded = self._load()
            return self._loaded

    def _load(self) -> Yolo:
        try:
            entry = chosen("figures", self._settings)
        except RegistryError as error:
            raise CheckpointError(str(error)) from error
        with ONE_AT_A_TIME:
            return Yolo.load(entry.first_file_place(self._settings), self._device)
