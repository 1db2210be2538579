"""Models that the operator chose: loaded when they are first needed, then kept, one for all seats."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

import torch

from gpuworker.checkpoints.errors import CheckpointError
from gpuworker.checkpoints.load import ONE_AT_A_TIME
from gpuworker.models.aesthetics import Aesthetics
from gpuworker.models.inventory import sha256_of
from gpuworker.models.loaded_upscaler import LoadedUpscaler
from gpuworker.models.on_device import AT_ONCE, OnDevice
from gpuworker.models.upscaler import load_upscaler
from gpuworker.models.word_masks import WordMasks
from gpuworker.models.yolo import Yolo
from gpuworker.registry import Choice, Entry, RegistryError, chosen
from storage.settings import Settings

log = logging.getLogger(__name__)

Model = TypeVar("Model")


class Kept(Generic[Model]):
    """Gives the model that a setting names, as `load` makes it of its entry. Any thread may ask."""

    def __init__(self, choice: Choice, settings: Settings, load: Callable[[Entry], Model]) -> None:
        self._choice, self._settings, self._load = choice, settings, load
        self._lock = threading.Lock()
        self._loaded: Model | None = None

    @property
    def name(self) -> str:
        """What the setting says: the model's name in the registry."""
        return str(getattr(self._settings, self._choice))

    def get(self) -> Model:
        """The model, loaded. Raises `CheckpointError`; the next call tries again."""
        with self._lock:
            if self._loaded is None:
                try:
                    entry = chosen(self._choice, self._settings)
                except RegistryError as error:
                    raise CheckpointError(str(error)) from error
                with ONE_AT_A_TIME:
                    self._loaded = self._load(entry)
                log.info("%s %s: loaded", self._choice, entry.name)
            return self._loaded


def kept_aesthetics(settings: Settings) -> Kept[Aesthetics] | None:
    """The model that says how much people would like a picture, if there is to be one."""
    if settings.aesthetics is None:
        return None
    return Kept(
        "aesthetics", settings, lambda entry: Aesthetics.load(entry.first_file_place(settings), entry.name)
    )


def kept_figures(settings: Settings, device: torch.device | str, on_device: OnDevice = AT_ONCE) -> Kept[Yolo]:
    """The detector of people, their heads, faces and limbs."""
    return Kept(
        "figures", settings, lambda entry: Yolo.load(entry.first_file_place(settings), device, on_device)
    )


def kept_masks(
    settings: Settings, device: torch.device | str, on_device: OnDevice = AT_ONCE
) -> Kept[WordMasks]:
    """The model that finds what words say."""
    return Kept("masks", settings, lambda entry: WordMasks.load(entry.place(settings), device, on_device))


def kept_upscaler(
    settings: Settings, device: torch.device | str, on_device: OnDevice = AT_ONCE
) -> Kept[LoadedUpscaler]:
    """The model that makes pictures larger."""

    def load(entry: Entry) -> LoadedUpscaler:
        file = entry.first_file_place(settings)
        return LoadedUpscaler(entry.name, sha256_of(file), load_upscaler(file, device, on_device))

    return Kept("upscaler", settings, load)
