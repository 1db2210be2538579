"""What goes with what: a worker's CLIP, and the phrases in which it describes pictures, each had once."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from gpuworker.models.on_device import AT_ONCE, OnDevice
from gpuworker.registry import chosen
from storage.settings import Settings

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from gpuworker.models.clip import Clip

VOCABULARY = Path(__file__).with_name("vocabulary.txt")
"""The phrases for a CLIP that was trained on the web's pictures; one that brings a file of this name with its
weights is asked for those."""


@dataclass(frozen=True, eq=False)
class Group:
    """Phrases that exclude each other, more or less, and their unit vectors (phrases, width)."""

    phrases: tuple[str, ...]
    vectors: Tensor


class Words:
    """Loads on the first demand, which may take seconds; may be used by several threads at once."""

    def __init__(self, settings: Settings, device: torch.device | str, on_device: OnDevice = AT_ONCE) -> None:
        self._settings = settings
        self._device = device
        self._on_device = on_device
        self._lock = threading.Lock()
        self._clip: Clip | None = None
        self._groups: tuple[Group, ...] | None = None

    @property
    def clip(self) -> Clip:
        """The CLIP that the settings name. Raises RegistryError and CheckpointError."""
        from gpuworker.checkpoints.load import ONE_AT_A_TIME
        from gpuworker.models.clip import Clip

        with self._lock:
            if self._clip is None:
                entry = chosen("clip", self._settings)
                with ONE_AT_A_TIME:
                    self._clip = Clip.load(entry.place(self._settings), self._device, self._on_device)
            return self._clip

    @property
    def groups(self) -> tuple[Group, ...]:
        """The vocabulary, what a picture is of first. Raises RegistryError and CheckpointError."""
        clip = self.clip
        with self._lock:
            if self._groups is None:
                folder = chosen("clip", self._settings).place(self._settings)
                rows = vocabulary_of(folder).values()
                self._groups = tuple(Group(tuple(phrases), clip.texts(phrases)) for phrases in rows)
            return self._groups


def vocabulary_of(clip: Path) -> dict[str, list[str]]:
    """Give the phrases to ask the CLIP in that folder for, in groups by name."""
    own = clip / VOCABULARY.name
    return read_vocabulary(own if own.is_file() else VOCABULARY)


def read_vocabulary(file: Path) -> dict[str, list[str]]:
    """Read groups of phrases, one a line, under a line `[group]`; empty lines and # comments do not count."""
    groups: dict[str, list[str]] = {}
    for line in map(str.strip, file.read_text(encoding="utf-8").splitlines()):
        if line.startswith("["):
            groups[line.strip("[]")] = phrases = []
        elif line and not line.startswith("#"):
            phrases.append(line)
    return groups
