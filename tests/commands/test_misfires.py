"""`darkroom misfires export` writes what COCO's tools read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner

from darkroom import app
from tests.storage.test_misfires import kept


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DARKROOM_HOME", str(tmp_path))
    return tmp_path


def test_they_are_written_with_their_pictures(home: Path) -> None:
    kept(home)
    kept(home)
    folder = home / "out"
    run = CliRunner().invoke(app, ["misfires", "export", str(folder), "--json"])
    assert run.exit_code == 0, run.output
    assert json.loads(run.stdout) == {"pictures": 2, "annotations": str(folder / "annotations.json")}
    told = json.loads((folder / "annotations.json").read_text())
    for image in told["images"]:
        with Image.open(folder / "images" / image["file_name"]) as picture:
            assert picture.size == (image["width"], image["height"])
    assert len(told["annotations"]) == 6


def test_where_none_are_kept_it_says_how_to_keep_them(home: Path) -> None:
    run = CliRunner().invoke(app, ["misfires", "export", str(home / "out")])
    assert run.exit_code == 1
    assert not (home / "out").exists()
