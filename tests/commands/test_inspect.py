"""`darkroom inspect`, as an operator types it."""

from __future__ import annotations

import json
from pathlib import Path

from PIL import Image
from typer.testing import CliRunner

import darkroom
from bot.grid import as_file
from storage.noise import Noise
from storage.recipe import Recipe, parameters_text
from storage.recipe_file import to_png
from tests.storage.recipes import QUICK

RECIPE = QUICK
OTHER = RECIPE.model_copy(update={"prompt": "a blue star", "noise": Noise(seed=2)})


def picture(folder: Path, name: str, recipe: Recipe) -> str:
    (folder / name).write_bytes(to_png(Image.new("RGB", (64, 64)), recipe))
    return str(folder / name)


def test_one_picture_is_its_recipe_alone(run: CliRunner, tmp_path: Path) -> None:
    file = picture(tmp_path, "a.png", RECIPE)
    assert run.invoke(darkroom.app, ["inspect", file]).stdout == parameters_text(RECIPE) + "\n"
    told = json.loads(run.invoke(darkroom.app, ["inspect", file, "--json"]).stdout)
    assert Recipe.model_validate(told) == RECIPE
    assert "file" not in told


def test_several_pictures_are_told_by_their_files(run: CliRunner, tmp_path: Path) -> None:
    files = [picture(tmp_path, "a.png", RECIPE), picture(tmp_path, "b.png", OTHER)]
    shown = run.invoke(darkroom.app, ["inspect", *files]).stdout
    assert (
        shown
        == "\n\n".join(
            f"{file}:\n{parameters_text(recipe)}" for file, recipe in zip(files, (RECIPE, OTHER), strict=True)
        )
        + "\n"
    )
    lines = run.invoke(darkroom.app, ["inspect", *files, "--json"]).stdout.splitlines()
    told = [json.loads(line) for line in lines]
    assert [(each["file"], each["prompt"]) for each in told] == [
        (files[0], RECIPE.prompt),
        (files[1], OTHER.prompt),
    ]


def test_a_grid_tells_of_each_of_its_pictures(run: CliRunner, tmp_path: Path) -> None:
    pngs = [to_png(Image.new("RGB", (64, 64)), recipe) for recipe in (RECIPE, OTHER)]
    grid, ending = as_file(pngs, [RECIPE, OTHER], 10**7)
    (tmp_path / f"grid.{ending}").write_bytes(grid)
    lines = run.invoke(darkroom.app, ["inspect", str(tmp_path / "grid.png"), "--json"]).stdout.splitlines()
    assert [json.loads(line)["noise"]["seed"] for line in lines] == [1, 2]
    again = run.invoke(darkroom.app, ["imagine", "--like", str(tmp_path / "grid.png")])
    assert (again.exit_code, "This is a grid of 2 pictures" in again.stderr) == (1, True)


def test_what_is_wrong_with_one_does_not_hide_the_others(run: CliRunner, tmp_path: Path) -> None:
    Image.new("RGB", (8, 8)).save(tmp_path / "plain.png")
    good = picture(tmp_path, "a.png", RECIPE)
    files = [str(tmp_path / "plain.png"), good, str(tmp_path / "missing.png")]
    done = run.invoke(darkroom.app, ["inspect", *files])
    assert done.exit_code == 1
    assert done.stdout == f"{good}:\n{parameters_text(RECIPE)}\n"
    plain, missing = done.stderr.splitlines()
    assert "plain.png carries no recipe" in plain
    assert "missing.png cannot be read: No such file or directory." in missing
    told = [
        json.loads(line)
        for line in run.invoke(darkroom.app, ["inspect", *files, "--json"]).stdout.splitlines()
    ]
    assert [set(each) >= {"file", "error"} for each in told] == [True, False, True]


def test_a_picture_without_recipe_says_so(run: CliRunner, tmp_path: Path) -> None:
    Image.new("RGB", (8, 8)).save(tmp_path / "plain.png")
    done = run.invoke(darkroom.app, ["inspect", str(tmp_path / "plain.png")])
    assert done.exit_code == 1
    assert "carries no recipe" in done.stderr
