"""The farm that a command starts, and leaves as it was."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from PIL import Image


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
