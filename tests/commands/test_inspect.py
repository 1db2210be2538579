"""`darkroom inspect`, as an operator types it."""

from __future__ import annotations

from pathlib import Path

from PIL import Image
from typer.testing import CliRunner

import darkroom


def test_a_picture_without_recipe_says_so(run: CliRunner, tmp_path: Path) -> None:
    Image.new("RGB", (8, 8)).save(tmp_path / "plain.png")
    done = run.invoke(darkroom.app, ["inspect", str(tmp_path / "plain.png")])
    assert done.exit_code == 1
    assert "carries no recipe" in done.stderr
