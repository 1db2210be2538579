"""`darkroom gallery`, as an operator types it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner

import darkroom
from pocket.world.drawing import draw
from pocket.world.scene import Figure, Scene


@pytest.fixture
def portrait(tmp_path: Path) -> str:
    scene = Scene("sea", (), (Figure("mira fandango", "red", "standing", "centre", "big"),), portrait=True)
    Image.fromarray(draw(scene, 1).pixels).save(tmp_path / "mira.png")
    return str(tmp_path / "mira.png")


def test_faces_are_learned_listed_and_forgotten(
    run: CliRunner, portrait: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DARKROOM_HOME", str(tmp_path / "home"))
    done = run.invoke(darkroom.app, ["gallery", "learn", "Mira", portrait, portrait])
    assert (done.exit_code, done.stdout) == (0, "Mira: 2\n")
    listed = run.invoke(darkroom.app, ["gallery", "list", "--json"])
    assert json.loads(listed.stdout) == {"name": "Mira", "pictures": 2}
    assert run.invoke(darkroom.app, ["gallery", "forget", "Mira"]).exit_code == 0
    again = run.invoke(darkroom.app, ["gallery", "forget", "Mira"])
    assert again.exit_code == 1
    assert "nobody named Mira" in again.stderr


def test_a_picture_without_a_face_is_named(run: CliRunner, tmp_path: Path) -> None:
    Image.new("RGB", (64, 64), "green").save(tmp_path / "green.png")
    done = run.invoke(darkroom.app, ["gallery", "learn", "Mira", str(tmp_path / "green.png")])
    assert done.exit_code == 1
    assert "green.png: I see no face to learn" in done.stderr
