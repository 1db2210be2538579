"""The list of models: what it promises is there or can be had, and a mistake in it is named."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from gpuworker.doctor import examine_worker
from gpuworker.models.inventory import faults, standing
from gpuworker.registry import RegistryError, built_in, entry_of, registry
from storage.settings import Settings
from tests.gpuworker.models.hub import write_registry


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path)


def test_what_ships_with_darkroom_is_there(settings: Settings) -> None:
    shipped = [entry for entry in built_in().values() if entry.package is not None]
    assert {"pocket", "nudenet"} <= {entry.name for entry in shipped}
    for entry in shipped:
        assert standing(entry, settings).state == "here", entry.name
        assert list(faults(entry, settings)) == []


def test_what_is_fetched_cannot_change_unnoticed() -> None:
    for entry in built_in().values():
        if entry.hub is not None:
            assert re.fullmatch(r"[0-9a-f]{40}", entry.revision), f"{entry.name} is pinned to a commit"
        elif entry.package is None:
            assert entry.checksums == "published", entry.name


def test_an_operators_entry_replaces_a_built_in_one(settings: Settings) -> None:
    write_registry(
        settings.models_file, "clipseg", ['"model.safetensors" = {}'], kind="masks", hub="my/clipseg"
    )
    assert entry_of("clipseg", settings).hub == "my/clipseg"
    assert list(registry(settings)) == list(built_in())


WHOLE = """
[mine]
title = "Mine"
kind = "masks"
licence = "MIT"
memory = 1.0
hub = "me/mine"
files."model.safetensors" = {}
"""


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("[mine]", "[mine", "not TOML"),
        ('licence = "MIT"', "", "licence is missing"),
        ('kind = "masks"', 'kind = "magic"', "kind = 'magic' is wrong"),
        ("memory = 1.0", "memory = 0", "memory = 0 is wrong"),
        ("memory = 1.0", "memory = 1.0\ncolour = 1", "no field colour, the fields are title"),
        ('hub = "me/mine"', 'hub = "mine"', "hub = 'mine' is wrong"),
        ('hub = "me/mine"', "", "one source"),
        ('hub = "me/mine"', 'hub = "me/mine"\npackage = "nudenet"', "one source"),
        ('files."model.safetensors" = {}', "", "must list its files"),
        ('files."model.safetensors" = {}', 'files = ["a"]', "files"),
        ("model.safetensors", "../model.safetensors", "inside the model's folder"),
        ("model.safetensors", "/etc/passwd", "inside the model's folder"),
        ("{}", '{ sha256 = "abc" }', "sha256 = 'abc' is wrong"),
        ("{}", "{ sum = 1 }", "no field files.0.sum, the fields are url, size, sha256"),
        ('kind = "masks"', 'kind = "checkpoint"', "family, one of sd1, sd2, sdxl"),
        ('kind = "masks"', 'kind = "lora"\nfamily = "sdx"', "family must be one of sd1, sd2, sdxl"),
        ("[mine]", 'mine = 1\n["m/ine"]', "mine is not an entry"),
        ("[mine]", '["../mine"]', "../mine"),
    ],
)
def test_a_mistake_is_named(settings: Settings, old: str, new: str, said: str) -> None:
    settings.models_file.write_text(WHOLE)
    assert entry_of("mine", settings).title == "Mine"
    settings.models_file.write_text(WHOLE.replace(old, new))
    with pytest.raises(RegistryError) as error:
        registry(settings)
    assert str(settings.models_file) in str(error.value)
    assert said in str(error.value)
    assert "\n" not in str(error.value)


def test_an_unknown_name_is_refused_with_those_that_are_known(settings: Settings) -> None:
    with pytest.raises(RegistryError, match=r"'sd-15'.*sd-1-5"):
        entry_of("sd-15", settings)


def test_the_doctor_tells_what_is_there_wrong_and_missing(settings: Settings) -> None:
    write_registry(settings.models_file, "my-clip", ['"model.safetensors" = {}'], kind="clip", hub="my/clip")
    x4 = entry_of("realesrgan-x4plus", settings)
    x4.place(settings).mkdir(parents=True)
    x4.file_place(x4.files[0], settings).write_bytes(b"half")
    clipseg = entry_of("clipseg", settings)
    clipseg.place(settings).mkdir()
    checks = {check.part: check for check in examine_worker(settings)}
    assert checks["checkpoint pocket"].state == "fine"
    assert checks["upscaler realesrgan-x4plus"].state == "broken"
    assert "4 bytes instead of 67040989" in checks["upscaler realesrgan-x4plus"].says
    assert checks["clip my-clip"].state == "broken"
    assert "darkroom models fetch my-clip" in checks["clip my-clip"].says
    assert "masks clipseg" not in checks, "what is merely ready-made is no finding"


def test_the_doctor_names_a_setting_whose_model_cannot_work(settings: Settings) -> None:
    wrong = settings.model_copy(
        update={"upscaler": "nudenet", "clip": "clip-vit-l-14", "figures": "pocket-x4"}
    )
    checks = {check.part: check for check in examine_worker(wrong)}
    assert "choose one of pocket-x4, realesrgan-x4plus" in checks["DARKROOM_UPSCALER"].says
    assert "darkroom models fetch clip-vit-l-14" in checks["DARKROOM_CLIP"].says
    assert "choose one of pocket-figures, adetailer-face" in checks["DARKROOM_FIGURES"].says
    assert not any(check.part.startswith("DARKROOM_") for check in examine_worker(settings))


def test_the_doctor_names_a_broken_registry_and_goes_on(settings: Settings) -> None:
    settings.models_file.write_text("[mine]\n")
    checks = {check.part: check for check in examine_worker(settings)}
    assert checks["models.toml"].state == "broken"
    assert "entry mine" in checks["models.toml"].says
    assert checks["checkpoint pocket"].state == "fine"


def test_the_registry_loads_neither_torch_nor_the_hub() -> None:
    """It is read whenever a checkpoint is looked for, and by the command line."""
    program = (
        "import sys, gpuworker.registry as r; r.built_in();"
        "sys.exit(bool({'torch', 'huggingface_hub'} & set(sys.modules)))"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
