"""Which LoRAs are on this machine."""

from __future__ import annotations

from collections.abc import Mapping

from gpuworker.engine.loras import LoraFile
from gpuworker.registry import RegistryError, built_in, registry
from storage.settings import Settings


def lora_files(settings: Settings) -> Mapping[str, LoraFile]:
    """Files by name: those of the registry that are here, and any `NAME.safetensors` in the loras folder."""
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
