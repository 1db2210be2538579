"""A store of three checkpoints of one size that notes what it loads."""

from __future__ import annotations

import shutil
import time
from pathlib import Path
from typing import Any

import pytest
import torch

from gpuworker.checkpoints import store as store_module
from gpuworker.checkpoints.checkpoint import Checkpoint
from gpuworker.checkpoints.load import load
from gpuworker.checkpoints.memory import Memory
from gpuworker.checkpoints.store import CheckpointStore

NAMES = ("red", "green", "blue")


def write_three(tiny: Path, folder: Path) -> Path:
    """Copy a checkpoint to three names, and give the folder."""
    for name in NAMES:
        shutil.copytree(tiny, folder / name)
    return folder


class Counting(CheckpointStore):
    """A store with room for so many of the checkpoints, which notes every load, and can be made slow."""

    def __init__(self, folder: Path, room: int, patch: pytest.MonkeyPatch, seconds: float = 0.0) -> None:
        size = load("red", folder, torch.device("cpu")).bytes
        super().__init__(folder, "cpu", Memory(2 * room * size + size))
        self.loads: list[str] = []

        def noted(name: str, folder: Path, device: torch.device, *rest: Any) -> Checkpoint:
            self.loads.append(name)
            time.sleep(seconds)
            return load(name, folder, device, *rest)

        patch.setattr(store_module, "load", noted)
