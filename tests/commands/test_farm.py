"""The farm that a command starts, and leaves as it was."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from PIL import Image

from commands.farm import worker_process
from storage.connection import connect
from storage.farm import workers
from storage.settings import Settings
from tests.gpuworker.fake_farm import until


@pytest.mark.slow
def test_the_first_picture_needs_nothing_but_the_command(tmp_path: Path) -> None:
    done = shell(tmp_path, "imagine", "a red circle over the sea", "--out", str(tmp_path / "pictures"))
    assert done.returncode == 0, done.stderr
    (path,) = map(Path, done.stdout.split())
    assert path.parent == tmp_path / "pictures"
    assert Image.open(path).size == (128, 128)
    started = [process for process in psutil.process_iter() if str(tmp_path) in " ".join(_command(process))]
    assert started == [], "the command leaves nothing running"


def shell(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command as a process of its own."""
    environment = {**os.environ, "DARKROOM_HOME": str(home), "COLUMNS": "100"}
    command = [sys.executable, "-m", "darkroom", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=240, check=False)


def _command(process: psutil.Process) -> list[str]:
    try:
        return list(process.cmdline())
    except psutil.Error:
        return []


def test_a_worker_is_given_no_secret(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DARKROOM_DISCORD_TOKEN", "a secret")
    monkeypatch.setenv("DARKROOM_DATABASE_URL", "postgresql://user:secret@host/base")
    before = set(psutil.Process().children())
    with worker_process(Settings(home=home), keep=False):
        (child,) = set(psutil.Process().children()) - before
        environment = child.environ()
    assert environment["DARKROOM_HOME"] == str(home)
    assert not set(environment) & {"DARKROOM_DISCORD_TOKEN", "DARKROOM_DATABASE_URL"}


def test_a_worker_runs_nothing_that_lies_in_the_folder_where_one_stands(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    witness = tmp_path / "was-run"
    for name in ("six", "typer", "torch", "darkroom", "commands"):
        (tmp_path / f"{name}.py").write_text(f"open({str(witness)!r}, 'w')")
    monkeypatch.chdir(tmp_path)
    with worker_process(Settings(home=home), keep=False, checkpoint="pocket") as alive:
        connection = connect(Settings(home=home), patience=60)
        until(lambda: not alive() or workers(connection), 120)
        assert alive()
    assert not witness.exists()
