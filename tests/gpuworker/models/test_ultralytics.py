"""Ultralytics is imported without its habits."""

from __future__ import annotations

import os
import subprocess
import sys
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image, UnidentifiedImageError

import gpuworker.models.ultralytics  # noqa: F401  replaces PIL's `open` when it is imported carelessly


def test_what_is_no_picture_is_still_pillows_to_say() -> None:
    with pytest.raises(UnidentifiedImageError):
        Image.open(BytesIO(b"no picture"))


@pytest.mark.slow
def test_ultralytics_leaves_home_network_and_environment_alone(tmp_path: Path) -> None:
    script = """
import os, socket
import torch
def refuse(*_): raise SystemExit("looked up a host")
socket.getaddrinfo = socket.socket.connect = refuse
import gpuworker
before = dict(os.environ)
import gpuworker.models.ultralytics
assert dict(os.environ) == before, set(os.environ) ^ set(before)
from ultralytics.utils import AUTOINSTALL, ONLINE, VERBOSE
assert not (AUTOINSTALL or ONLINE or VERBOSE)
"""
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path / "config")},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
    assert list(tmp_path.iterdir()) == []
