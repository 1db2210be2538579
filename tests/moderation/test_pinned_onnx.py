"""Where pinned weights are looked for; what they have to be is in test_pictures.py."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from moderation.pinned_onnx import DetectorError, packaged


def test_a_file_that_a_package_brings_is_found_beside_it() -> None:
    assert packaged("nudenet", "320n.onnx", "").is_file()


def test_a_package_that_is_missing_is_told_with_what_to_do() -> None:
    with pytest.raises(DetectorError, match=r"The package no_such_package, .* is missing\. Do this"):
        packaged("no_such_package", "weights.onnx", "Do this.")


def test_loading_a_network_leaves_nothing_in_the_users_home(tmp_path: Path) -> None:
    script = "from moderation.pictures import load_detector; load_detector()"
    others = {name: value for name, value in os.environ.items() if not name.startswith(("ORT_", "XDG_"))}
    subprocess.run([sys.executable, "-c", script], check=True, env=others | {"HOME": str(tmp_path)})
    assert not list(tmp_path.iterdir())
