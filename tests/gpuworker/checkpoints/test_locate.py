"""Checkpoints are found by their names."""

from __future__ import annotations

from pathlib import Path

import pytest

from gpuworker.checkpoints.errors import CheckpointError
from gpuworker.checkpoints.locate import downloaded, entries, is_hub_id, is_on_hub, locate
from gpuworker.registry import entry_of, shipped_checkpoints
from pocket import CHECKPOINT
from storage.settings import Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path)


def test_what_ships_and_what_was_fetched_is_found_by_its_name(settings: Settings) -> None:
    folder = settings.checkpoints_folder
    assert locate("pocket", folder) == CHECKPOINT
    assert entries(folder)[0] == "pocket"
    with pytest.raises(CheckpointError, match="darkroom models fetch sd-turbo"):
        locate("sd-turbo", folder)
    place = entry_of("sdxl", settings).place(settings)
    place.parent.mkdir(parents=True)
    place.touch()
    assert locate("sdxl", folder) == place
    turbo = entry_of("sd-turbo", settings).place(settings)
    turbo.mkdir()
    assert locate("sd-turbo", folder) == turbo


def test_a_file_wins_over_the_folder_of_its_configuration(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    assert locate("mine", tmp_path) == tmp_path / "mine"
    (tmp_path / "mine.safetensors").touch()
    assert locate("mine", tmp_path) == tmp_path / "mine.safetensors"
    assert entries(tmp_path) == [*shipped_checkpoints(), "mine"]


def test_all_that_lies_there_has_a_name_but_for_hidden_and_foreign_files(tmp_path: Path) -> None:
    for name in ("b.safetensors", "a.ckpt", "notes.txt", ".c.safetensors"):
        (tmp_path / name).touch()
    (tmp_path / ".hidden").mkdir()
    assert entries(tmp_path) == [*shipped_checkpoints(), "a", "b"]
    assert entries(tmp_path / "nowhere") == [*shipped_checkpoints()]
    with pytest.raises(CheckpointError, match=r"a\.ckpt is a pickle"):
        locate("a", tmp_path)


def test_what_is_nowhere_is_said_with_what_there_is(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    with pytest.raises(CheckpointError, match=r"no checkpoint 'yours' in .*choose one of .*\.") as refused:
        locate("yours", tmp_path)
    assert all(name in str(refused.value) for name in ("pocket", "pocket-2", "pocket-xl", "mine"))


def test_of_many_checkpoints_those_are_named_that_are_spelt_like_it(tmp_path: Path) -> None:
    for number in range(150):
        (tmp_path / f"dream-{number}").mkdir()
    (tmp_path / "deliberate-v2").mkdir()
    with pytest.raises(CheckpointError) as refused:
        locate("deliberate", tmp_path)
    assert "deliberate-v2" in str(refused.value)
    assert "149 more" in str(refused.value)
    assert len(str(refused.value)) < 500


@pytest.mark.parametrize("name", ["", "..", "../mine", "a/b", ".hidden"])
def test_a_name_is_no_path(tmp_path: Path, name: str) -> None:
    with pytest.raises(CheckpointError, match="is not the name of a checkpoint"):
        locate(name, tmp_path)


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        ("stabilityai/sd-turbo", True),
        ("me/my.model_1", True),
        ("pocket", False),
        ("a/b/c", False),
        ("../b", False),
        ("a/b c", False),
    ],
)
def test_a_hub_id_is_told_by_its_form(name: str, is_one: bool) -> None:
    assert is_hub_id(name) is is_one


def test_a_hub_id_that_was_never_downloaded_has_no_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    assert downloaded("me/mine") is None


def test_checkpoints_in_subfolders_are_called_by_their_own_names(tmp_path: Path) -> None:
    deep = tmp_path / "anime" / "xl"
    deep.mkdir(parents=True)
    for file in (deep / "mix.safetensors", tmp_path / "anime" / "old.ckpt", tmp_path / "mix.safetensors"):
        file.touch()
    (tmp_path / "anime" / "whole").mkdir()
    (tmp_path / "anime" / "whole" / "model_index.json").touch()
    (tmp_path / "anime" / "notes.txt").touch()
    (tmp_path / "mix.vae.safetensors").touch()
    assert entries(tmp_path) == [*shipped_checkpoints(), "anime/xl/mix", "mix", "old", "whole"]
    assert locate("mix", tmp_path) == tmp_path / "mix.safetensors"
    assert locate("anime/xl/mix", tmp_path) == deep / "mix.safetensors"
    assert locate("whole", tmp_path) == locate("anime/whole", tmp_path) == tmp_path / "anime" / "whole"
    with pytest.raises(CheckpointError, match=r"old\.ckpt is a pickle"):
        locate("old", tmp_path)


def test_the_parts_of_a_checkpoint_are_none_themselves(tmp_path: Path) -> None:
    for part in ("unet", "vae", "tokenizer"):
        (tmp_path / "broken" / part).mkdir(parents=True)
    (tmp_path / "broken" / "unet" / "diffusion_pytorch_model.safetensors").touch()
    (tmp_path / "mine" / "vae").mkdir(parents=True)
    (tmp_path / "mine.safetensors").touch()
    assert entries(tmp_path) == [*shipped_checkpoints(), "broken", "mine"]


def test_what_lies_in_a_subfolder_is_not_looked_up_on_the_hub(tmp_path: Path) -> None:
    (tmp_path / "anime").mkdir()
    (tmp_path / "anime" / "mix.safetensors").touch()
    assert not is_on_hub("anime/mix", tmp_path)
    assert is_on_hub("anime/other", tmp_path)
    assert not is_on_hub("mix", tmp_path)
