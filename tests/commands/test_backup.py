"""An operator backs up and restores by two commands."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

import darkroom
from storage.blobs import Blobs


def test_a_backup_is_written_and_told(
    run: CliRunner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DARKROOM_HOME", str(tmp_path / "home"))
    sha = Blobs(str(tmp_path / "home" / "blobs")).put(b"a picture")
    monkeypatch.chdir(tmp_path)
    done = run.invoke(darkroom.app, ["backup", "all.tar"])
    assert (done.exit_code, done.stdout) == (0, "all.tar: 0 rows, 1 picture, 0 files\n")
    assert (tmp_path / "all.tar").exists()
    assert sha


def test_a_file_that_cannot_be_written_is_told(run: CliRunner, tmp_path: Path) -> None:
    done = run.invoke(darkroom.app, ["backup", str(tmp_path / "nowhere" / "all.tar")])
    assert done.exit_code == 1
    assert "nowhere" in done.output
