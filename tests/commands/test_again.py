"""`darkroom imagine --like`, as an operator types it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from typer.testing import CliRunner

import darkroom
from storage.blobs import Blobs
from storage.recipe import AnyRecipe, Upscaled
from storage.recipe_file import read_recipe, to_png
from storage.settings import Settings
from storage.sizes import Margins
from storage.starts import Outpaint
from tests.commands.conftest import a_scene
from tests.storage.recipes import QUICK

ASKED = [
    "imagine",
    "a (red:1.2) circle over the sea",
    "--negative",
    "a tree",
    "--size",
    "96x64",
    "--steps",
    "4",
]


def answer(run: CliRunner, *arguments: str) -> dict[str, Any]:
    done = run.invoke(darkroom.app, [*arguments, "--json"])
    assert done.exit_code == 0, done.output
    said: dict[str, Any] = json.loads(done.stdout)
    return said


def pixels(file: str) -> NDArray[np.int64]:
    return np.asarray(Image.open(file).convert("RGB")).astype(int)


def test_a_picture_of_a_batch_comes_again_alone(worker: None, run: CliRunner) -> None:
    first = answer(run, *ASKED, "--seed", "7", "--count", "3", "--sampler", "euler_a", "--guidance", "6")
    again = answer(run, "imagine", "--like", first["files"][1])
    assert again["recipes"] == [first["recipes"][1]]
    assert np.abs(pixels(again["files"][0]) - pixels(first["files"][1])).max() <= 1


def test_what_is_said_otherwise_counts(worker: None, run: CliRunner) -> None:
    first = answer(run, *ASKED, "--seed", "7")
    (file,), (recipe,) = first["files"], first["recipes"]
    other = answer(run, "imagine", "--like", file, "--seed", "5")
    assert other["recipes"] == [recipe | {"noise": {"seed": 5, "variations": [], "frozen": None}}]
    fresh = answer(run, *ASKED, "--seed", "5")
    assert np.abs(pixels(other["files"][0]) - pixels(fresh["files"][0])).max() <= 1
    assert np.abs(pixels(other["files"][0]) - pixels(file)).mean() > 5
    blue = answer(run, "imagine", "a blue circle", "--like", file, "--quality", "draft", "--count", "2")
    assert [each["noise"]["seed"] for each in blue["recipes"]] == [7, 8]
    changed = {"prompt": "a blue circle", "steps": 10, "sampler": "dpmpp_2m_karras"}
    assert blue["recipes"][0] == recipe | changed


def a_mask(folder: Path) -> Path:
    mask = Image.new("L", (192, 128))
    mask.paste(255, (64, 32, 128, 96))
    mask.save(folder / "mask.png")
    return folder / "mask.png"


def test_pictures_from_a_picture_come_again_while_it_is_kept(
    worker: None, home: Path, run: CliRunner, tmp_path: Path
) -> None:
    scene = a_scene(tmp_path)
    masked = [*ASKED, "--seed", "1", "--image", str(scene), "--mask", str(a_mask(tmp_path))]
    (filled,) = answer(run, *masked)["files"]
    (grown,) = answer(run, "outpaint", filled, "--right", "32", "--seed", "2", "--quality", "draft")["files"]
    (larger,) = answer(run, "upscale", grown)["files"]
    for file in (filled, grown, larger):
        again = answer(run, "imagine", "--like", file)
        assert again["recipes"] == [json.loads(_recipe(file).model_dump_json())]
        assert np.abs(pixels(again["files"][0]) - pixels(file)).max() <= 1
    weaker = answer(run, "imagine", "--like", filled, "--strength", "0.4")
    start = _recipe(filled).model_dump(mode="json")["start"]
    assert weaker["recipes"][0]["start"] == start | {"strength": 0.4}

    Blobs.open(Settings(home=home)).delete(start["image"])
    for more in ([], ["--seed", "5"]):
        done = run.invoke(darkroom.app, ["imagine", "--like", filled, *more])
        assert done.exit_code == 1
        assert len(done.stderr.strip().splitlines()) == 1
        assert f"{filled} was made from another picture, which is no longer kept" in done.stderr
    from_it = answer(run, "imagine", "--like", filled, "--image", str(scene))
    assert from_it["recipes"][0]["prompt"] == _recipe(filled).prompt
    assert from_it["recipes"][0]["start"]["kind"] == "whole"
    assert "mask" not in from_it["recipes"][0]["start"]


def _recipe(file: str) -> AnyRecipe:
    recipe = read_recipe(file)
    assert recipe is not None
    return recipe


RECIPE = QUICK.model_copy(update={"width": 96, "height": 64})


def test_another_checkpoint_of_that_name_is_only_used_when_it_is_named(
    worker: None, run: CliRunner, tmp_path: Path
) -> None:
    file = tmp_path / "old.png"
    file.write_bytes(to_png(Image.new("RGB", (96, 64)), RECIPE))
    refused = run.invoke(darkroom.app, ["imagine", "--like", str(file)])
    assert refused.exit_code == 1
    assert f"no longer as it was when it made {file}" in " ".join(refused.stderr.split())
    made = answer(run, "imagine", "--like", str(file), "--checkpoint", "pocket")
    assert made["recipes"][0]["noise"] == RECIPE.noise.model_dump(mode="json")


@pytest.mark.parametrize(
    ("file", "more", "status", "said"),
    [
        ("plain.png", [], 1, "plain.png carries no recipe"),
        ("missing.png", [], 1, "missing.png cannot be read"),
        ("photo.png", ["--seed", "1"], 1, "larger from a picture without a recipe"),
        ("nude.png", [], 1, "."),
        ("nude.png", ["--negative", "a tree"], 1, "."),
        ("gone.png", ["--mask", "plain.png"], 2, "--image FILE"),
        ("gone.png", ["--strength", "2"], 2, "strength of 2"),
    ],
)
def test_what_cannot_be_made_again_is_one_sentence(
    run: CliRunner, tmp_path: Path, file: str, more: list[str], status: int, said: str
) -> None:
    plain = Image.new("RGB", (96, 64))
    plain.save(tmp_path / "plain.png")
    sha = Blobs.open(Settings()).put(to_png(plain, RECIPE))
    larger = Upscaled(image=sha, factor=2, checkpoint="pocket", upscaler="pocket-x4", upscaler_hash="ab" * 32)
    nude = RECIPE.model_copy(update={"prompt": "a naked woman"})
    started = RECIPE.model_copy(update={"start": Outpaint(image=sha, strength=1, margins=Margins(up=8))})
    recipes: dict[str, AnyRecipe] = {"photo": larger, "nude": nude, "gone": started}
    for name, recipe in recipes.items():
        (tmp_path / f"{name}.png").write_bytes(to_png(plain, recipe))
    done = run.invoke(darkroom.app, ["imagine", "--like", str(tmp_path / file), *more])
    assert done.exit_code == status
    assert len(done.stderr.strip().splitlines()) == 1
    assert said in done.stderr
