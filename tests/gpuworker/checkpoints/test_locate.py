"""Checkpoints are found by their names."""

from __future__ import annotations

from pathlib import Path

import pytest

from gpuworker.checkpoints.errors import CheckpointError
from gpuworker.checkpoints.locate import downloaded, entries, is_hub_id, locate
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
