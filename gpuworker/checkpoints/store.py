"""The checkpoints that are loaded, and the way to them."""

from __future__ import annotations

import threading
from pathlib import Path

import torch

from gpuworker.checkpoints.checkpoint import Checkpoint
from gpuworker.checkpoints.load import load


class CheckpointStore:
    """Loads a checkpoint when it is first asked for and keeps it loaded. Any thread may ask."""

    def __init__(self, folder: Path, device: torch.device | str) -> None:
        self.folder = folder
        self.device = torch.device(device)
        self._loaded: dict[str, Checkpoint] = {}
        self._loading = threading.Lock()

    def get(self, name: str) -> Checkpoint:
        """The checkpoint `name`, loaded. Raises `CheckpointError`; the next call tries again.

        What is loaded is handed out without waiting for another one that is being loaded.
        """
        if (checkpoint := self._loaded.get(name)) is not None:
            return checkpoint
        with self._loading:
            if name not in self._loaded:
                # The engine asks from inference mode, in which weights would be born unfit for training.
                with torch.inference_mode(False):
                    self._loaded[name] = load(name, self.folder, self.device)
            return self._loaded[name]
