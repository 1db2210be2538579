"""What was backed up comes back by a command, or a sentence says why not."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

import darkroom
from storage.blobs import Blobs

pytestmark = pytest.mark.usefixtures("kept_in_folders")


def test_a_backup_comes_back(
    pictures: Blobs, run: CliRunner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run.invoke(darkroom.app, ["backup", str(tmp_path / "all.tar")]).exit_code == 0
    monkeypatch.setenv("DARKROOM_HOME", str(tmp_path / "other"))
    done = run.invoke(darkroom.app, ["restore", str(tmp_path / "all.tar")])
    assert done.exit_code == 0, done.output
    assert done.stdout.endswith("all.tar: 1 row, 1 picture, 0 files\n")
    (sha,) = pictures.names()
    assert Blobs(str(tmp_path / "other" / "blobs")).get(sha) == b"a picture"


def test_what_is_no_backup_is_told(run: CliRunner, tmp_path: Path) -> None:
    (tmp_path / "no.tar").write_text("no")
    done = run.invoke(darkroom.app, ["restore", str(tmp_path / "no.tar")])
    assert done.exit_code == 1
    assert "is no backup of Darkroom" in done.output
