"""The LoRAs of this machine: those of the registry that are here, and those in the folder."""

from __future__ import annotations

from pathlib import Path

from gpuworker.models.loras import LoraFile, lora_files
from pocket.checkpoint.lora import LORA
from storage.settings import Settings
from tests.gpuworker.models.hub import write_registry


def test_what_ships_and_what_lies_in_the_folder_is_found(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    assert lora_files(settings) == {"pocket-sketch": LoraFile(LORA, "sd1")}
    settings.loras_folder.mkdir()
    (settings.loras_folder / "ink.safetensors").write_bytes(b"")
    (settings.loras_folder / "mine").mkdir()
    (settings.loras_folder / "mine" / "adapter_model.safetensors").write_bytes(b"")
    assert set(lora_files(settings)) == {"pocket-sketch", "ink", "mine"}


def test_one_of_the_registry_counts_once_it_is_here_and_keeps_its_family(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    fields = {"kind": "lora", "family": "sdxl", "hub": "me/ink"}
    write_registry(settings.models_file, "ink", ['"ink.safetensors" = {}'], **fields)
    assert "ink" not in lora_files(settings)
    place = settings.models_folder / "ink" / "ink.safetensors"
    place.parent.mkdir(parents=True)
    place.touch()
    assert lora_files(settings)["ink"] == LoraFile(place, "sdxl")


def test_a_registry_that_cannot_be_read_leaves_what_ships(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    settings.models_file.parent.mkdir(parents=True, exist_ok=True)
    settings.models_file.write_text("[broken")
    assert lora_files(settings) == {"pocket-sketch": LoraFile(LORA, "sd1")}
