"""The LoRAs that prompts name: found, read and put on."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from safetensors import SafetensorError

from gpuworker.checkpoints.checkpoint import Checkpoint
from gpuworker.checkpoints.load import ONE_AT_A_TIME
from gpuworker.engine.errors import RenderError
from moderation.prompt_language.limits import LoraSet

log = logging.getLogger(__name__)


class LoraFile(NamedTuple):
    """A safetensors file, and the family of checkpoints that it was made for, as far as it is known."""

    file: Path
    family: str | None = None


LoraFiles = Callable[[], Mapping[str, LoraFile]]
"""The LoRAs of this machine by name."""


class Wardrobe:
    """Dresses checkpoints as prompts ask for."""

    def __init__(self, files: LoraFiles) -> None:
        self._files = files

    def wear(self, checkpoint: Checkpoint, loras: LoraSet) -> None:
        """From now on the checkpoint computes with these LoRAs and no others.

        Raises `RenderError` for one that is not there or does not fit; what is worn is then to be said anew.
        """
        if not loras:
            checkpoint.undress()
            return
        files = self._files()
        for name, _ in loras:
            if name not in files:
                known = ", ".join(sorted(files)) or "none"
                raise RenderError(f"There is no LoRA called {name}: those that are here are {known}.")
            self._read(name, files[name], checkpoint)
        checkpoint.adapters.wear(tuple((files[name].file, weight) for name, weight in loras))

    def _read(self, name: str, lora: LoraFile, checkpoint: Checkpoint) -> None:
        misfit = f"The LoRA {name} does not fit the checkpoint {checkpoint.name}: it is of another family."
        if lora.family not in (None, checkpoint.model.family):
            raise RenderError(misfit)
        if lora.file in checkpoint.adapters:
            return
        try:
            with ONE_AT_A_TIME:
                checkpoint.adapters.read(lora.file, checkpoint.dtype)
        except (OSError, SafetensorError) as error:
            log.error("LoRA %s: %s cannot be read: %s", name, lora.file, error)
            raise RenderError(f"The LoRA {name} is damaged: ask the operator to fetch it again.") from error
        except Exception as error:
            log.error("LoRA %s does not fit checkpoint %s: %s", name, checkpoint.name, error)
            raise RenderError(misfit) from error
