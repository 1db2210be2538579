"""`darkroom outpaint`, as an operator types it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

import darkroom
from pocket.world.drawing import draw
from pocket.world.scene import Figure, Scene, Thing
from storage.recipe import Upscaled
from storage.recipe_file import to_png
from tests.storage.recipes import QUICK

SEA = Image.fromarray(draw(Scene("sea", (Thing("circle", "red", "centre", "big"),)), 1).pixels)


RECIPE = QUICK.model_copy(update={"negative_prompt": "a tree", "steps": 20})
LARGER = Upscaled(
    image="ab" * 32, factor=2, checkpoint="pocket", upscaler="pocket-x4", upscaler_hash="ab" * 32, of=RECIPE
)


@pytest.fixture
def sea(tmp_path: Path) -> Path:
    """A picture with a recipe."""
    file = tmp_path / "sea.png"
    file.write_bytes(to_png(SEA, RECIPE))
    return file


def test_a_picture_grows_with_the_words_it_was_drawn_in(worker: None, run: CliRunner, tmp_path: Path) -> None:
    sea = tmp_path / "sea.png"
    sea.write_bytes(to_png(SEA, LARGER))
    said = run.invoke(darkroom.app, ["outpaint", str(sea), "--up", "40", "--quality", "draft", "--json"])
    assert said.exit_code == 0, said.output
    answer = json.loads(said.stdout)
    (recipe,) = answer["recipes"]
    assert (recipe["prompt"], recipe["negative_prompt"]) == ("a red circle over the sea", "a tree")
    assert recipe["start"]["margins"] == {"left": 0, "up": 40, "right": 0, "down": 0}
    made = np.asarray(Image.open(answer["files"][0]))
    assert made.shape == (168, 128, 3)
    assert (made[40:] == np.asarray(SEA)).all()


def test_a_head_comes_back(worker: None, run: CliRunner, tmp_path: Path) -> None:
    scene = Scene("snow", (), (Figure("man", "red", "standing", "centre", "big"),))
    cut = Image.fromarray(draw(scene, 2).pixels).crop((0, 32, 128, 128))
    cut.save(tmp_path / "cut.png")
    asked = ["outpaint", str(tmp_path / "cut.png"), "--head-room", "--prompt", "a man in a red shirt"]
    said = run.invoke(darkroom.app, [*asked, "--quality", "draft", "--json"])
    assert said.exit_code == 0, said.output
    made = np.asarray(Image.open(json.loads(said.stdout)["files"][0]))
    assert made.shape[0] >= 96 + 16
    assert (made[-96:] == np.asarray(cut)).all()


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        ([], 2, "in one way"),
        (["--up", "8", "--square"], 2, "in one way"),
        (["--up", "1921"], 1, "the most that I paint is 2048"),
        (["--up", "99999"], 1, "the most that I paint is 2048"),
        (["--zoom", "1"], 1, "adds nothing"),
        (["--zoom", "-2"], 1, "adds nothing"),
        (["--zoom", "17"], 1, "the most that I paint is 2048"),
        (["--zoom", "1e9"], 1, "the most that I paint is 2048"),
        (["--zoom", "nan"], 1, "factor above 1"),
        (["--zoom", "inf"], 1, "the most that I paint is 2048"),
        (["--square"], 1, "square already"),
        (["--up", "8", "--quality", "best"], 2, "'best': choose draft, standard or fine"),
        (["--up", "8", "--prompt", "a naked woman"], 1, "nudity or sex"),
    ],
)
def test_what_cannot_be_done_is_one_line(
    run: CliRunner, sea: Path, arguments: list[str], status: int, said: str
) -> None:
    done = run.invoke(darkroom.app, ["outpaint", str(sea), *arguments])
    assert done.exit_code == status
    assert len(done.stderr.splitlines()) == 1
    assert said in done.stderr


def test_a_picture_that_says_nothing_of_itself_needs_words(run: CliRunner, tmp_path: Path) -> None:
    SEA.save(tmp_path / "plain.png")
    (tmp_path / "larger.png").write_bytes(to_png(SEA, LARGER.model_copy(update={"of": None})))
    for name in ("plain.png", "larger.png"):
        done = run.invoke(darkroom.app, ["outpaint", str(tmp_path / name), "--up", "8"])
        assert (done.exit_code, "--prompt" in done.stderr) == (1, True)


def test_head_room_without_a_head_that_is_cut_off_says_so(worker: None, run: CliRunner, sea: Path) -> None:
    done = run.invoke(darkroom.app, ["outpaint", str(sea), "--head-room"])
    assert done.exit_code == 1
    assert "I see no head cut off in this picture" in done.stderr
