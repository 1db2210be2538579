"""`darkroom edit`, as an operator types it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

import darkroom
from tests.commands.conftest import a_scene

FROM, TO = "a big red circle in the middle over the sea", "a big blue circle in the middle over the sea"


def mean_in_the_middle(picture: np.ndarray) -> list[float]:
    """Red, green and blue in the middle of the circle."""
    height, width, _ = picture.shape
    middle = picture[height // 2 - 6 : height // 2 + 6, width // 2 - 6 : width // 2 + 6]
    return [float(mean) for mean in middle.mean((0, 1))]


@pytest.mark.slow
def test_the_circle_turns_blue_in_a_picture_of_any_size_and_again(
    worker: None, run: CliRunner, tmp_path: Path
) -> None:
    file = a_scene(tmp_path, (256, 256))
    asked = ["edit", str(file), "--from", FROM, "--to", TO, "--seed", "1", "--out", str(tmp_path), "--json"]
    said = run.invoke(darkroom.app, asked)
    assert said.exit_code == 0, said.output
    answer = json.loads(said.stdout)
    (made,) = answer["files"]
    old, new = np.asarray(Image.open(file)), np.asarray(Image.open(made))
    assert new.shape == old.shape
    red, green, blue = mean_in_the_middle(new)
    assert blue > red + 60
    assert blue > green + 60
    assert (old == new).all(axis=2).mean() > 0.6, "most pixels are what they were"
    (recipe,) = answer["recipes"]
    assert (recipe["prompt"], recipe["start"]["shows"]) == (TO, FROM)
    assert f'Original prompt: "{FROM}"' in Image.open(made).info["parameters"]

    said = run.invoke(darkroom.app, ["imagine", "--like", made, "--out", str(tmp_path / "again"), "--json"])
    assert said.exit_code == 0, said.output
    (again,) = json.loads(said.stdout)["files"]
    assert np.abs(np.asarray(Image.open(again)).astype(int) - new).max() <= 1

    back = ["edit", made, "--to", FROM, "--quality", "draft", "--out", str(tmp_path), "--json"]
    said = run.invoke(darkroom.app, back)
    assert said.exit_code == 0, said.output
    (recipe,) = json.loads(said.stdout)["recipes"]
    assert (recipe["prompt"], recipe["start"]["shows"]) == (FROM, TO), "what it shows is in its recipe"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--to", TO], "carries no recipe, so I do not know what it shows"),
        (["--from", TO, "--to", f"  {TO} "], "Both texts say the same"),
        (["--from", "a naked woman", "--to", TO], "."),
        (["--from", FROM, "--to", "a naked woman"], "."),
        (["--from", "", "--to", TO], "."),
        (["--from", "x" * 1001, "--to", TO], "."),
    ],
)
def test_what_cannot_be_done_is_one_line(
    run: CliRunner, tmp_path: Path, arguments: list[str], said: str
) -> None:
    done = run.invoke(darkroom.app, ["edit", str(a_scene(tmp_path)), *arguments])
    assert done.exit_code == 1
    assert len(done.stderr.splitlines()) == 1
    assert said in done.stderr


def test_a_quality_that_is_none_is_wrong_usage(run: CliRunner, tmp_path: Path) -> None:
    asked = ["edit", str(a_scene(tmp_path)), "--from", FROM, "--to", TO, "--quality", "best"]
    done = run.invoke(darkroom.app, asked)
    assert done.exit_code == 2
    (line,) = done.stderr.splitlines()
    assert line.startswith("There is no quality 'best': choose draft, standard or fine")


def test_a_picture_with_holes_has_them_filled_first(run: CliRunner, tmp_path: Path) -> None:
    holes = Image.new("RGBA", (128, 128), "teal")
    holes.paste((0, 0, 0, 0), (0, 0, 40, 40))
    holes.save(tmp_path / "holes.png")
    done = run.invoke(darkroom.app, ["edit", str(tmp_path / "holes.png"), "--from", FROM, "--to", TO])
    assert (done.exit_code, "have them filled first" in done.stderr) == (1, True)
