"""Loads the models that the operator chose when they are first needed, once for all seats."""

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


class LazyModel(Generic[Model]):
    """The model that a setting names, loaded from its entry by `load` on first use. Any thread may ask."""

    def __init__(self, choice: Choice, settings: Settings, load: Callable[[Entry], Model]) -> None:
        self._choice, self._settings, self._load = choice, settings, load
        self._lock = threading.Lock()
        self._loaded: Model | None = None

    @property
    def name(self) -> str:
        """The model's name in the registry, which is what the setting says."""
        return str(getattr(self._settings, self._choice))

    def get(self) -> Model:
        """Give the model, loaded. Raises `CheckpointError`; the next call tries again."""
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


def lazy_aesthetics(settings: Settings) -> LazyModel[Aesthetics] | None:
    """Give the predictor of how much people would like a picture, if the operator chose one."""
    if settings.aesthetics is None:
        return None
    return LazyModel(
        "aesthetics", settings, lambda entry: Aesthetics.load(entry.first_file_place(settings), entry.name)
    )


def lazy_figures(
    settings: Settings, device: torch.device | str, on_device: OnDevice = AT_ONCE
) -> LazyModel[Yolo]:
    """Give the detector of people, their heads, faces and limbs."""
    return LazyModel(
        "figures", settings, lambda entry: Yolo.load(entry.first_file_place(settings), device, on_device)
    )


def lazy_counters(
    settings: Settings, device: torch.device | str, on_device: OnDevice = AT_ONCE
) -> tuple[LazyModel[Yolo], ...]:
    """Give the detectors that count people's parts together, where the operator chose some."""
    names = [name.strip() for name in settings.anatomy.split(",") if name.strip()]
    return tuple(
        lazy_figures(settings.model_copy(update={"figures": name}), device, on_device) for name in names
    )


def lazy_masks(
    settings: Settings, device: torch.device | str, on_device: OnDevice = AT_ONCE
) -> LazyModel[WordMasks]:
    """Give the model that finds in pictures what words say."""
    return LazyModel(
        "masks", settings, lambda entry: WordMasks.load(entry.place(settings), device, on_device)
    )


def lazy_upscaler(
    settings: Settings, device: torch.device | str, on_device: OnDevice = AT_ONCE
) -> LazyModel[LoadedUpscaler]:
    """Give the model that makes pictures larger."""

    def load(entry: Entry) -> LoadedUpscaler:
        file = entry.first_file_place(settings)
        return LoadedUpscaler(entry.name, sha256_of(file), load_upscaler(file, device, on_device))

    return LazyModel("upscaler", settings, load)
