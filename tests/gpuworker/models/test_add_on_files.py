"""Files are called as their folder shows them."""

from __future__ import annotations

from pathlib import Path

from gpuworker.models.add_on_files import files_by_name


def test_names_are_those_of_files_and_of_folders_only_where_two_are_alike(tmp_path: Path) -> None:
    paths = ["add_detail(v2).safetensors", "sketch v1.5 [final].SAFETENSORS", "21.safetensors", "notes.txt"]
    paths += ["styles/ink.safetensors", "people/ink.safetensors", "people/old/cat.v2.safetensors"]
    paths += [".hidden.safetensors", ".cache/more.safetensors"]
    for path in paths:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).touch()
    found = files_by_name(tmp_path, {".safetensors"})
    assert {name: file.relative_to(tmp_path).as_posix() for name, file in found.items()} == {
        "add_detail(v2)": "add_detail(v2).safetensors",
        "sketch v1.5 [final]": "sketch v1.5 [final].SAFETENSORS",
        "21": "21.safetensors",
        "styles/ink": "styles/ink.safetensors",
        "people/ink": "people/ink.safetensors",
        "cat.v2": "people/old/cat.v2.safetensors",
    }


def test_a_folder_that_is_not_there_has_none(tmp_path: Path) -> None:
    assert files_by_name(tmp_path / "none", {".safetensors"}) == {}
