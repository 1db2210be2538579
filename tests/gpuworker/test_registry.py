"""The list of models: what it promises is there or can be had, and a mistake in it is named."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from gpuworker.models.inventory import faults, standing
from gpuworker.registry import RegistryError, built_in, entry_of, registry
from storage.samplers import Sampler
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


def test_the_registry_loads_neither_torch_nor_the_hub() -> None:
    """It is read whenever a checkpoint is looked for, and by the command line."""
    program = (
        "import sys, gpuworker.registry as r; r.built_in();"
        "sys.exit(bool({'torch', 'huggingface_hub'} & set(sys.modules)))"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_an_entry_without_a_source_says_how_a_checkpoint_of_ones_own_is_used(settings: Settings) -> None:
    settings.models_file.write_text(
        '["anime/my mix (v2)"]\nclip_skip = 2\nvae = "my.vae.safetensors"\nprediction = "v_prediction"\n'
        'sampler = "euler"\nsteps = 28\nguidance_rescale = 0.5\ntimestep_spacing = "trailing"\n'
    )
    entry = entry_of("anime/my mix (v2)", settings)
    assert entry.is_local
    assert (entry.clip_skip, entry.sampler, entry.memory) == (2, Sampler.EULER, None)
    found = standing(entry, settings)
    assert found.state == "wrong"
    assert "is not the name of a checkpoint" in found.says
    file = settings.checkpoints_folder / "anime" / "my mix (v2).safetensors"
    file.parent.mkdir(parents=True)
    file.touch()
    assert standing(entry, settings).state == "here"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[mix]\nclip_skip = 0", "clip_skip = 0 is wrong"),
        ('[mix]\nprediction = "flow"', "prediction = 'flow' is wrong"),
        ('[mix]\nsampler = "dpm"', "sampler = 'dpm' is wrong"),
        ('["../mix"]\nclip_skip = 2', "must be called as the checkpoint is"),
    ],
)
def test_a_mistake_in_how_a_checkpoint_is_used_is_named(settings: Settings, text: str, said: str) -> None:
    settings.models_file.write_text(text)
    with pytest.raises(RegistryError, match=re.escape(said)):
        registry(settings)
