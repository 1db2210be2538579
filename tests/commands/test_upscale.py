"""`darkroom upscale`, as an operator types it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner

import darkroom


def test_a_picture_of_ours_becomes_larger_and_keeps_its_recipe(
    worker: None, home: Path, run: CliRunner
) -> None:
    asked = ["imagine", "a red circle over the sea", "--steps", "2", "--seed", "9", "--json"]
    first = json.loads(run.invoke(darkroom.app, asked).stdout)
    (small,) = first["files"]
    done = run.invoke(darkroom.app, ["upscale", small, "--factor", "4", "--out", "larger", "--json"])
    assert done.exit_code == 0, done.output
    answer = json.loads(done.stdout)
    (path,) = answer["files"]
    assert Path(path).parent == Path("larger")
    assert Image.open(path).size == (512, 512)
    (recipe,) = answer["recipes"]
    assert recipe["of"] == first["recipes"][0]
    shown = run.invoke(darkroom.app, ["inspect", path]).stdout
    assert "Seed: 9" in shown
    assert "Postprocess upscale by: 4, Postprocess upscaler: pocket-x4" in shown
    frozen = run.invoke(darkroom.app, ["imagine", "a tree", "--steps", "1", "--freeze", path, "--json"])
    assert json.loads(frozen.stdout)["recipes"][0]["noise"] == {
        "seed": 9,
        "variations": [],
        "frozen": [128, 128],
    }


def test_a_photo_becomes_larger(worker: None, home: Path, run: CliRunner) -> None:
    Image.new("CMYK", (60, 40), (0, 200, 0, 0)).save(home / "photo.jpg")
    done = run.invoke(darkroom.app, ["upscale", "photo.jpg"])
    assert done.exit_code == 0, done.output
    larger = Image.open(done.stdout.strip())
    assert (larger.size, larger.mode) == ((120, 80), "RGB")


@pytest.mark.parametrize(
    ("name", "more", "said"),
    [
        ("missing.png", [], "missing.png cannot be read"),
        ("words.png", [], "no picture"),
        ("small.png", ["--factor", "3"], "choose 2 or 4"),
        ("wide.png", ["--factor", "4"], "wide.png: 4x would be 4800 x 1200 pixels"),
        ("small.png", ["--policy", "nobody"], "nobody"),
    ],
)
def test_what_cannot_be_made_larger_is_one_sentence(
    home: Path, run: CliRunner, name: str, more: list[str], said: str
) -> None:
    (home / "words.png").write_text("a picture")
    Image.new("RGB", (64, 64)).save(home / "small.png")
    Image.new("RGB", (1200, 300)).save(home / "wide.png")
    done = run.invoke(darkroom.app, ["upscale", name, *more])
    assert done.exit_code == 1
    assert said in done.output
    assert len(done.output.strip().splitlines()) == 1
