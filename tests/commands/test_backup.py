"""An operator backs up and restores by two commands."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

import darkroom
from storage.blobs import Blobs

pytestmark = pytest.mark.usefixtures("kept_in_folders")


def test_a_backup_is_written_and_told(
    pictures: Blobs, run: CliRunner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = run.invoke(darkroom.app, ["backup", "all.tar"])
    assert (done.exit_code, done.stdout) == (0, "all.tar: 1 row, 1 picture, 0 files\n")
    assert (tmp_path / "all.tar").exists()


def test_a_damaged_picture_is_named_and_the_backup_is_there(
    pictures: Blobs, run: CliRunner, tmp_path: Path
) -> None:
    (sha,) = pictures.names()
    next(Path(pictures.place).rglob("*.png")).write_bytes(b"bad")
    done = run.invoke(darkroom.app, ["backup", str(tmp_path / "all.tar")])
    assert done.exit_code == 1, "whoever watches a timer must notice"
    assert "1 row, 0 pictures" in done.stdout
    assert sha in done.stderr
    assert (tmp_path / "all.tar").exists()


def test_a_file_that_cannot_be_written_is_told(pictures: Blobs, run: CliRunner, tmp_path: Path) -> None:
    done = run.invoke(darkroom.app, ["backup", str(tmp_path / "nowhere" / "all.tar")])
    assert done.exit_code == 1
    assert done.stderr == f"{tmp_path}/nowhere/all.tar cannot be written: No such file or directory.\n"


def test_a_home_where_no_bot_ever_was_is_told(
    run: CliRunner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DARKROOM_HOME", str(tmp_path / "elsewhere"))
    done = run.invoke(darkroom.app, ["backup", str(tmp_path / "all.tar")])
    assert done.exit_code == 1
    assert "There are no records in" in done.stderr
    assert not (tmp_path / "elsewhere").exists()
