"""`darkroom upscale`, as an operator types it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner

import darkroom
from tests.gpuworker.engine.support import difference


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


def test_detail_is_drawn_over_it_and_the_recipe_repeats_it(worker: None, home: Path, run: CliRunner) -> None:
    Image.effect_noise((72, 64), 60).convert("RGB").save(home / "noise.png")
    asked = [
        "upscale",
        "noise.png",
        "--detail",
        "--strength",
        "0.2",
        "--seed",
        "5",
        "--out",
        "fine",
        "--json",
    ]
    done = run.invoke(darkroom.app, asked)
    assert done.exit_code == 0, done.output
    answer = json.loads(done.stdout)
    (path,), (recipe,) = answer["files"], answer["recipes"]
    assert Image.open(path).size == (144, 128)
    assert (recipe["detail"]["strength"], recipe["detail"]["seed"]) == (0.2, 5)
    assert "Detail strength: 0.2, Detail seed: 5" in run.invoke(darkroom.app, ["inspect", path]).stdout
    again = run.invoke(darkroom.app, ["imagine", "--like", path, "--out", "again"])
    assert again.exit_code == 0, again.output
    assert difference(Image.open(again.stdout.strip()), Image.open(path)) <= 1


@pytest.mark.parametrize(
    ("name", "more", "status", "said"),
    [
        ("missing.png", [], 1, "missing.png cannot be read"),
        ("words.png", [], 1, "no picture"),
        ("small.png", ["--factor", "3"], 2, "choose 2 or 4"),
        ("wide.png", ["--factor", "4"], 1, "wide.png: 4x would be 4800 x 1200 pixels"),
        ("small.png", ["--policy", "nobody"], 1, "nobody"),
        ("small.png", ["--strength", "0.5"], 2, "add --detail"),
        ("small.png", ["--detail", "--strength", "0"], 2, "A strength of 0 is not possible"),
    ],
)
def test_what_cannot_be_made_larger_is_one_sentence(
    home: Path, run: CliRunner, name: str, more: list[str], status: int, said: str
) -> None:
    (home / "words.png").write_text("a picture")
    Image.new("RGB", (64, 64)).save(home / "small.png")
    Image.new("RGB", (1200, 300)).save(home / "wide.png")
    done = run.invoke(darkroom.app, ["upscale", name, *more])
    assert done.exit_code == status
    assert said in done.output
    assert len(done.output.strip().splitlines()) == 1
