"""Pairs a worker's CLIP with the phrases in which it describes pictures."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from gpuworker.models.clip import Clip
from gpuworker.models.lazy import LazyModel
from gpuworker.models.on_device import AT_ONCE, OnDevice
from gpuworker.registry import Entry
from storage.settings import Settings

VOCABULARY = Path(__file__).with_name("vocabulary.txt")
"""The phrases for a CLIP that was trained on pictures from the web.

A CLIP that brings a file of this name beside its weights has its own.
"""


@dataclass(frozen=True, eq=False)
class Group:
    """Phrases that more or less exclude each other, with their unit vectors (phrases, width)."""

    phrases: tuple[str, ...]
    vectors: Tensor
    name: str = ""


class Words:
    """A CLIP and its phrases, both loaded on first use, which may take seconds. Any thread may ask."""

    def __init__(self, settings: Settings, device: torch.device | str, on_device: OnDevice = AT_ONCE) -> None:
        def load(entry: Entry) -> tuple[Path, Clip]:
            folder = entry.place(settings)
            return folder, Clip.load(folder, device, on_device)

        self.name = settings.clip
        """What its CLIP is called among the models."""
        self._clip = LazyModel("clip", settings, load)
        self._lock = threading.Lock()
        self._groups: tuple[Group, ...] | None = None

    @property
    def clip(self) -> Clip:
        """The CLIP that the settings name. Raises `CheckpointError`."""
        return self._clip.get()[1]

    @property
    def groups(self) -> tuple[Group, ...]:
        """The phrases in groups; what a picture is of comes first. Raises `CheckpointError`."""
        folder, clip = self._clip.get()
        with self._lock:
            if self._groups is None:
                self._groups = tuple(
                    Group(tuple(group.phrases), _vectors(group, clip), name)
                    for name, group in vocabulary_of(folder).items()
                )
            return self._groups


class Phrases(NamedTuple):
    """Phrases, and what is said around them: `a red boat {}`."""

    phrases: list[str]
    contexts: list[str]


def _vectors(group: Phrases, clip: Clip) -> Tensor:
    """Encode phrases as unit vectors (phrases, width), each the mean of it in all of its contexts.

    A tower was trained with whole captions, and hears a part of one best among others: an ensemble of prompts
    (Radford et al., arXiv 2103.00020, section 3.1.4).
    """
    contexts = group.contexts or ["{}"]
    said = [clip.texts([context.format(each) for each in group.phrases]) for context in contexts]
    return F.normalize(torch.stack(said).mean(0), dim=-1)


def vocabulary_of(clip: Path) -> dict[str, Phrases]:
    """Give the phrases to ask the CLIP in that folder for, in groups by name."""
    own = clip / VOCABULARY.name
    return read_vocabulary(own if own.is_file() else VOCABULARY)


def read_vocabulary(file: Path) -> dict[str, Phrases]:
    """Read groups of phrases, one a line, under a line `[group]`; empty lines and # comments do not count.

    A line with {} in it is a context of its group's phrases.
    """
    groups: dict[str, Phrases] = {}
    for line in map(str.strip, file.read_text(encoding="utf-8").splitlines()):
        if line.startswith("["):
            groups[line.strip("[]")] = group = Phrases([], [])
        elif line and not line.startswith("#"):
            (group.contexts if "{}" in line else group.phrases).append(line)
    return groups
