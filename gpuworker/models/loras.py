"""Lists the LoRAs that are on this machine."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from gpuworker.models.add_on_files import files_by_name
from gpuworker.registry import RegistryError, built_in, registry
from storage.settings import Settings


class LoraFile(NamedTuple):
    """A safetensors file, and the family of checkpoints that it was made for, as far as that is known.

    A file that is not there for good stays for as long as somebody has what `held` refers to.
    """

    file: Path
    family: str | None = None
    held: object = None


def lora_files(settings: Settings) -> Mapping[str, LoraFile]:
    """Give the LoRAs by name: those of the registry that are here, and all files in the LoRA folder.

    peft saves each as `adapter_model.safetensors` in a folder of its own, whose name it then has.
    """
    try:
        entries = registry(settings)
    except RegistryError:  # the doctor tells of it
        entries = built_in()
    listed = {
        entry.name: LoraFile(entry.first_file_place(settings), entry.family)
        for entry in entries.values()
        if entry.kind == "lora"
    }
    own = files_by_name(settings.loras_folder, {".safetensors"})
    return {name: lora for name, lora in listed.items() if lora.file.is_file()} | {
        _name(name, file, settings.loras_folder): LoraFile(file) for name, file in own.items()
    }


def _name(name: str, file: Path, folder: Path) -> str:
    return file.parent.name if file.stem == "adapter_model" and file.parent != folder else name
