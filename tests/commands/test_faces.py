"""`darkroom faces`, as an operator types it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

import darkroom
from pocket.world.drawing import draw
from pocket.world.scene import Figure, Scene
from tests.commands.conftest import a_scene

MAN = Image.fromarray(draw(Scene("snow", (), (Figure("man", "red", "standing", "centre", "big"),)), 2).pixels)


@pytest.fixture
def man(tmp_path: Path) -> Path:
    """A picture without a recipe."""
    MAN.save(tmp_path / "man.png")
    return tmp_path / "man.png"


def test_only_the_face_changes_and_is_handed_over_separately(
    worker: None, run: CliRunner, man: Path, tmp_path: Path
) -> None:
    asked = ["faces", str(man), "--separate", "--quality", "draft", "--seed", "1", "--out", str(tmp_path)]
    said = run.invoke(darkroom.app, [*asked, "--json"])
    assert said.exit_code == 0, said.output
    answer = json.loads(said.stdout)
    whole, patch = (Image.open(file) for file in answer["files"])
    changed = np.argwhere((np.asarray(whole) != np.asarray(MAN)).any(2))
    assert 100 < len(changed) < 2500
    assert changed[:, 0].max() < 60, "below the head nothing has changed"
    assert patch.size == (128, 128)
    assert answer["recipes"][0]["prompt"] == "a person"
    start = answer["recipes"][0]["start"]
    assert (start["kind"], start["part"], start["separate"], start["restorer"]) == (
        "faces",
        "face",
        True,
        None,
    )


def test_the_eyes_alone_and_the_recipe_go_on(worker: None, run: CliRunner, man: Path, tmp_path: Path) -> None:
    words = ["--prompt", "a man", "--quality", "draft", "--out", str(tmp_path), "--json"]
    said = run.invoke(darkroom.app, ["faces", str(man), "--part", "eyes", "--strength", "0.5", *words])
    assert said.exit_code == 0, said.output
    (first,) = json.loads(said.stdout)["files"]
    rows = np.argwhere((np.asarray(Image.open(first)) != np.asarray(MAN)).any(2))[:, 0]
    assert np.ptp(rows) < 20
    said = run.invoke(darkroom.app, ["faces", first, "--part", "mouth", *words[2:]])
    assert said.exit_code == 0, said.output
    (recipe,) = json.loads(said.stdout)["recipes"]
    assert (recipe["prompt"], recipe["start"]["part"]) == ("a man", "mouth")


def test_a_picture_without_a_face_is_one_line(worker: None, run: CliRunner, tmp_path: Path) -> None:
    done = run.invoke(darkroom.app, ["faces", str(a_scene(tmp_path))])
    assert done.exit_code == 1
    assert done.stderr.strip() == "I see no face in this picture."


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["--part", "nose"], 2, "A nose is nothing that I can render alone: choose face, eyes or mouth"),
        (["--strength", "0"], 2, "A strength of 0 is not possible"),
        (["--quality", "best"], 2, "'best': choose draft, standard or fine"),
        (["--prompt", "a naked woman"], 1, "nudity or sex"),
    ],
)
def test_what_cannot_be_done_is_one_line(
    run: CliRunner, man: Path, arguments: list[str], status: int, said: str
) -> None:
    done = run.invoke(darkroom.app, ["faces", str(man), *arguments])
    assert done.exit_code == status
    assert len(done.stderr.splitlines()) == 1
    assert said in done.stderr


def test_a_picture_with_holes_has_them_filled_first(run: CliRunner, tmp_path: Path) -> None:
    holes = MAN.convert("RGBA")
    holes.paste((0, 0, 0, 0), (0, 0, 40, 40))
    holes.save(tmp_path / "holes.png")
    done = run.invoke(darkroom.app, ["faces", str(tmp_path / "holes.png")])
    assert (done.exit_code, "have them filled first" in done.stderr) == (1, True)
