"""Lists the LoRAs that are on this machine."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from gpuworker.registry import RegistryError, built_in, registry
from storage.settings import Settings


class LoraFile(NamedTuple):
    """A safetensors file, and the family of checkpoints that it was made for, as far as that is known."""

    file: Path
    family: str | None = None


def lora_files(settings: Settings) -> Mapping[str, LoraFile]:
    """Give the LoRAs by name: those of the registry that are here, and all files in the LoRA folder."""
    try:
        entries = registry(settings)
    except RegistryError:  # the doctor tells of it
        entries = built_in()
    listed = {
        entry.name: LoraFile(entry.first_file_place(settings), entry.family)
        for entry in entries.values()
        if entry.kind == "lora"
    }
    own = {file.stem: LoraFile(file) for file in settings.loras_folder.glob("*.safetensors")}
    return {name: lora for name, lora in listed.items() if lora.file.is_file()} | own
