"""The LoRAs that prompts name: found, read and activated."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeAlias

from safetensors import SafetensorError

from gpuworker.checkpoints.checkpoint import Checkpoint
from gpuworker.checkpoints.load import ONE_AT_A_TIME
from gpuworker.engine.errors import RenderError
from gpuworker.models.loras import LoraFile
from moderation.prompt_language.limits import LoraSet
from storage.nearest import nearest

log = logging.getLogger(__name__)


LoraFiles = Callable[[], Mapping[str, LoraFile]]
"""The LoRAs of this machine by name."""
AdapterSet: TypeAlias = tuple[tuple[str, Path, float], ...]
"""LoRAs that are active together: name, file and weight of each."""


class LoraManager:
    """Finds the LoRAs that prompts name, and has checkpoints compute with them."""

    def __init__(self, files: LoraFiles) -> None:
        self._files = files

    def find(self, checkpoint: Checkpoint, loras: LoraSet) -> AdapterSet:
        """Look up what a prompt names. Raises `RenderError` for a LoRA that is not here or does not fit."""
        if not loras:
            return ()
        files = self._files()
        for name, _ in loras:
            if name not in files:
                known = nearest(name, files)
                raise RenderError(f"There is no LoRA called {name}: those that are here are {known}.")
            if files[name].family not in (None, checkpoint.family.name):
                raise RenderError(_misfit(name, checkpoint))
        return tuple((name, files[name].file, weight) for name, weight in loras)

    def activate(self, checkpoint: Checkpoint, adapters: AdapterSet) -> None:
        """Make the checkpoint compute with these LoRAs and no others; those in memory are not read again.

        Raises `RenderError` for one that is damaged or does not fit; none may be counted on then, so that the
        next user of the checkpoint has to activate its own.
        """
        if not adapters:
            checkpoint.deactivate_adapters()
            return
        names = {file: name for name, file, _ in adapters}
        for file in checkpoint.adapters.not_loaded(names):
            _read(names[file], file, checkpoint)
        checkpoint.adapters.activate(tuple((file, weight) for _, file, weight in adapters))


def _read(name: str, file: Path, checkpoint: Checkpoint) -> None:
    try:
        with ONE_AT_A_TIME:
            checkpoint.adapters.load(file, checkpoint.dtype)
    except (OSError, SafetensorError) as error:
        log.error("LoRA %s: %s cannot be read: %s", name, file, error)
        raise RenderError(f"The LoRA {name} is damaged: ask the operator to fetch it again.") from error
    except Exception as error:
        log.error("LoRA %s does not fit checkpoint %s: %s", name, checkpoint.name, error)
        raise RenderError(_misfit(name, checkpoint)) from error


def _misfit(name: str, checkpoint: Checkpoint) -> str:
    return f"The LoRA {name} does not fit the checkpoint {checkpoint.name}: it is of another family."
