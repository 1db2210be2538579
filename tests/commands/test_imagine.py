"""`darkroom imagine`, as an operator types it."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

import darkroom
from gpuworker.models.words import Words
from moderation.verdict import Action, Verdict
from storage.recipe import sampled
from storage.recipe_file import read_recipe
from storage.settings import Settings
from tests.commands.conftest import a_scene


def assert_same(one: np.ndarray[Any, Any], other: np.ndarray[Any, Any]) -> None:
    """Up to the rounding that differs between numbers of cores: a step of 255."""
    np.testing.assert_allclose(one.astype(int), other.astype(int), rtol=0, atol=1)


def test_the_same_seed_is_the_same_picture(worker: None, home: Path, run: CliRunner) -> None:
    arguments = ["imagine", "a blue house in the snow", "--seed", "3", "--quality", "draft", "--json"]
    answers = [json.loads(run.invoke(darkroom.app, arguments).stdout) for _ in range(2)]
    first, second = (np.asarray(Image.open(home / answer["files"][0])) for answer in answers)
    assert_same(first, second)
    recipe = sampled(read_recipe((home / answers[0]["files"][0]).read_bytes()))
    assert recipe is not None
    assert recipe.model_dump(mode="json") == answers[0]["recipes"][0]
    assert recipe.noise.seed == 3


def test_braces_make_a_prompt_for_each_thing_that_is_told_before(
    worker: None, home: Path, run: CliRunner
) -> None:
    arguments = ["imagine", "a {red, blue} house", "--seed", "3", "--quality", "draft", "--json"]
    done = run.invoke(darkroom.app, arguments)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    recipes = [answer["recipes"][0] for answer in answers]
    assert [recipe["prompt"] for recipe in recipes] == ["a red house", "a blue house"]
    assert [recipe["noise"]["seed"] for recipe in recipes] == [3, 3]
    assert "2 prompts, 2 pictures" in done.stderr
    many = run.invoke(darkroom.app, ["imagine", "{a,b,c,d,e} {a,b,c,d}"])
    assert many.exit_code == 1
    assert "more than 16 prompts" in many.output
    worse = run.invoke(darkroom.app, ["imagine", "a {red house, naked man}"])
    assert worse.exit_code == 1
    assert "2 prompts" not in worse.output


def test_a_tile_says_that_it_is_one(worker: None, home: Path, run: CliRunner) -> None:
    done = run.invoke(darkroom.app, ["imagine", "a tree", "--seamless", "--quality", "draft", "--json"])
    answer = json.loads(done.stdout)
    assert answer["recipes"][0]["seamless"]
    with Image.open(home / answer["files"][0]) as picture:
        assert "Tiling: True" in picture.info["parameters"]


def test_count_and_size_are_obeyed(worker: None, home: Path, run: CliRunner) -> None:
    arguments = ["imagine", "a tree", "--count", "3", "--size", "96x64", "--steps", "8", "--out", "many"]
    done = run.invoke(darkroom.app, arguments)
    paths = [home / line for line in done.stdout.split()]
    assert [Image.open(path).size for path in paths] == [(96, 64)] * 3


def test_a_picture_is_made_from_a_picture(worker: None, home: Path, run: CliRunner, tmp_path: Path) -> None:
    scene = str(a_scene(tmp_path))
    arguments = [
        "imagine",
        "a blue circle over the sea",
        "--image",
        scene,
        "--seed",
        "1",
        "--steps",
        "6",
        "--json",
    ]
    answers = [json.loads(run.invoke(darkroom.app, arguments).stdout) for _ in range(2)]
    first, second = (Image.open(home / answer["files"][0]) for answer in answers)
    assert first.size == (144, 96), "the shape of the picture, with the pixels of the checkpoint's own size"
    assert_same(np.asarray(first), np.asarray(second))
    (recipe,) = answers[0]["recipes"]
    assert recipe["start"]["strength"] == 0.75
    shown = run.invoke(darkroom.app, ["inspect", answers[0]["files"][0]]).stdout
    assert "Denoising strength: 0.75" in shown
    assert recipe["start"]["image"][:10] in shown
    bolder = json.loads(run.invoke(darkroom.app, [*arguments, "--strength", "1", "--size", "square"]).stdout)
    assert Image.open(home / bolder["files"][0]).size == (128, 128)


@pytest.mark.slow
def test_the_best_of_several_is_better_than_most(worker: None, home: Path, run: CliRunner) -> None:
    clip = Words(Settings(home=home), "cpu").clip
    prompt = "a red circle over the sea"
    arguments = ["imagine", prompt, "--seed", "1", "--quality", "draft", "--json"]
    everything = json.loads(run.invoke(darkroom.app, [*arguments, "--count", "4"]).stdout)
    best = json.loads(run.invoke(darkroom.app, [*arguments, "--best-of", "4"]).stdout)
    pictures = [Image.open(home / file) for file in everything["files"]]
    agreements = (clip.pictures(pictures) @ clip.texts([prompt])[0]).tolist()
    (scores,) = best["scores"]
    assert scores["agreement"] == pytest.approx(max(agreements), abs=1e-3)
    assert scores["bodies"] == [], "nobody is in it"
    told = run.invoke(darkroom.app, [*arguments[:-1], "--best-of", "4", "--count", "2", "--ranks"])
    assert len(told.stdout.splitlines()) == 2, "paths, and nothing else"
    assert [line.split()[0] for line in told.stderr.splitlines()[:3]] == ["words", "1st", "2nd"]
    assert f"1st  {scores['agreement']:.2f}   nobody in it" in told.stderr
    chosen = agreements.index(max(agreements))
    assert best["recipes"] == [everything["recipes"][chosen]]

    seed = str(best["recipes"][0]["noise"]["seed"])
    alone = json.loads(run.invoke(darkroom.app, ["imagine", prompt, "--seed", seed, *arguments[4:]]).stdout)
    assert alone["recipes"] == best["recipes"]
    same, again = (np.asarray(Image.open(home / answer["files"][0])).astype(int) for answer in (best, alone))
    assert np.abs(same - again).max() <= 1


def test_only_the_best_of_several_have_ranks(run: CliRunner) -> None:
    done = run.invoke(darkroom.app, ["imagine", "a tree", "--ranks"])
    assert done.exit_code == 2
    assert "add --best-of" in done.stderr


@pytest.mark.parametrize("way", ["mask", "transparency"])
def test_only_what_is_masked_changes(
    worker: None, home: Path, run: CliRunner, tmp_path: Path, way: str
) -> None:
    scene, mask = Image.open(a_scene(tmp_path, (200, 150))), Image.new("L", (200, 150))
    mask.paste(255, (60, 40, 140, 110))
    arguments = [
        "imagine",
        "a blue star over the sea",
        "--image",
        str(tmp_path / "scene.png"),
        "--steps",
        "6",
    ]
    if way == "mask":
        mask.save(tmp_path / "mask.png")
        arguments += ["--mask", str(tmp_path / "mask.png")]
    else:
        with_hole = scene.copy()
        with_hole.putalpha(mask.point(lambda value: 255 - value))
        with_hole.save(tmp_path / "scene.png")
    (path,) = run.invoke(darkroom.app, arguments).stdout.split()
    made, masked = np.asarray(Image.open(home / path)), np.asarray(mask) > 0
    assert (made[~masked] == np.asarray(scene)[~masked]).all()
    assert np.abs(made.astype(int) - np.asarray(scene))[masked].mean() > 5
    shown = run.invoke(darkroom.app, ["inspect", str(home / path)]).stdout
    assert "Denoising strength: 1," in shown
    assert "Mask hash" in shown


@pytest.mark.slow
def test_noise_is_taken_over_from_an_earlier_picture(worker: None, home: Path, run: CliRunner) -> None:
    small = ["imagine", "a tree", "--size", "96x64", "--steps", "2"]
    (path,) = run.invoke(darkroom.app, [*small, "--seed", "5"]).stdout.split()
    again = json.loads(run.invoke(darkroom.app, [*small, "--freeze", path, "--json"]).stdout)
    assert again["recipes"][0]["noise"] == {"seed": 5, "variations": [], "frozen": [96, 64]}
    assert_same(np.asarray(Image.open(home / path)), np.asarray(Image.open(home / again["files"][0])))
    wide = json.loads(run.invoke(darkroom.app, [*small[:3], "128x64", "--freeze", path, "--json"]).stdout)
    assert wide["recipes"][0]["noise"]["frozen"] == [96, 64]
    for more in (["--seed", "5"], ["--count", "2"], ["--best-of", "2"]):
        refused = run.invoke(darkroom.app, [*small, "--freeze", path, *more])
        assert refused.exit_code == 2
        assert "leave out --seed, --count and --best-of" in refused.stderr


@pytest.fixture(scope="module")
def bad_pictures(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A scene, and files that no picture can be made from, by what is wrong with them."""
    folder = tmp_path_factory.mktemp("bad")
    scene = a_scene(folder)
    files = {"truncated": scene.read_bytes()[:2000], "text": b"not a picture"}
    for name, size in (("dot", (1, 1)), ("line", (20_000, 10)), ("bomb", (5000, 5000))):
        file = io.BytesIO()
        Image.new("1", size).save(file, "PNG")
        files[name] = file.getvalue()
    for name, data in files.items():
        (folder / f"{name}.png").write_bytes(data)
    masks = {"other": ((64, 64), 255), "empty": ((192, 128), 0), "full": ((192, 128), 255)}
    for name, (size, value) in masks.items():
        Image.new("L", size, value).save(folder / f"{name}.png")
    return {"scene": scene, "missing": folder / "missing.png"} | {
        name: folder / f"{name}.png" for name in (*files, *masks)
    }


@pytest.mark.parametrize(
    ("options", "status", "said"),
    [
        (["--image", "missing"], 1, "missing.png cannot be read"),
        (["--image", "truncated"], 1, "cut off or damaged"),
        (["--image", "text"], 1, "no picture"),
        (["--image", "dot"], 1, "only 1 x 1 pixels"),
        (["--image", "line"], 1, "too long and thin"),
        (["--image", "bomb"], 1, "too many pixels"),
        (["--image", "scene", "--strength", "0"], 2, "strength of 0"),
        (["--image", "scene", "--strength", "1.5"], 2, "strength of 1.5"),
        (["--image", "scene", "--mask", "other"], 1, "64 x 64 pixels and the picture 192 x 128"),
        (["--image", "scene", "--mask", "empty"], 1, "black all over"),
        (["--image", "scene", "--mask", "full"], 1, "keeps nothing"),
        (["--image", "scene", "--mask", "missing"], 1, "missing.png cannot be read"),
        (["--mask", "scene"], 2, "--image"),
        (["--strength", "0.5"], 2, "--image"),
        (["--mask-words", "the sky"], 2, "--image"),
        (["--image", "scene", "--mask-words", " "], 2, "1 to 200 characters"),
        (["--image", "scene", "--mask", "empty", "--mask-words", "the sky"], 2, "leave out one of them"),
        (["--image", "scene", "--mask-words", "naked breasts"], 1, "nudity or sex"),
        (["--freeze", "scene"], 1, "carries no recipe"),
        (["--freeze", "text"], 1, "not a picture"),
    ],
)
def test_a_bad_picture_is_one_sentence(
    run: CliRunner, bad_pictures: dict[str, Path], options: list[str], status: int, said: str
) -> None:
    given = [str(bad_pictures.get(each, each)) for each in options]
    done = run.invoke(darkroom.app, ["imagine", "a tree", *given])
    assert done.exit_code == status
    assert len(done.stderr.strip().splitlines()) == 1
    assert said in done.stderr


@pytest.mark.parametrize("kind", ["cmyk.jpg", "animated.webp"])
def test_unusual_pictures_are_converted(
    worker: None, home: Path, run: CliRunner, tmp_path: Path, kind: str
) -> None:
    scene, file = Image.open(a_scene(tmp_path)), str(tmp_path / kind)
    if kind == "cmyk.jpg":
        scene.convert("CMYK").save(file)
    else:
        scene.save(file, save_all=True, append_images=[Image.new("RGB", scene.size, "red")], lossless=True)
    options = ["--image", file, "--strength", "0.01", "--size", "192x128"]
    (path,) = run.invoke(darkroom.app, ["imagine", "a red circle over the sea", *options]).stdout.split()
    made = np.asarray(Image.open(home / path)).astype(int)
    assert np.abs(made - np.asarray(scene)).mean() < 25, "the first frame, in its own colours"


@pytest.mark.parametrize(
    "arguments",
    [
        ["--size", "huge"],
        ["--steps", "0"],
        ["--sampler", "magic"],
        ["--count", "9"],
        ["--quality", "best"],
        ["--count", "5", "--best-of", "8"],
    ],
)
def test_wrong_numbers_are_named(worker: None, run: CliRunner, arguments: list[str]) -> None:
    done = run.invoke(darkroom.app, ["imagine", "a tree", *arguments])
    assert done.exit_code == 2
    assert len(done.stderr.strip().splitlines()) == 1
    assert "see darkroom imagine --help" in done.stderr


def test_a_ratio_keeps_the_area_and_a_habit_is_hinted_at(worker: None, home: Path, run: CliRunner) -> None:
    asked = ["imagine", "a tree --ar 16:9", "--size", "16:9", "--steps", "2", "--seed", "-1", "--out", "wide"]
    done = run.invoke(darkroom.app, asked)
    assert done.exit_code == 0, done.output
    (path,) = done.stdout.splitlines()
    assert Image.open(home / path).size == (168, 96)
    recipe = sampled(read_recipe((home / path).read_bytes()))
    assert recipe is not None
    assert path == f"wide/a-tree-ar-16-9-{recipe.noise.seed}.png"
    assert done.stderr.splitlines() == [
        "Note: --ar 16:9 is drawn as words: the shape of the picture is said by --size 16:9."
    ]


def test_several_lines_are_one_prompt(worker: None, home: Path, run: CliRunner) -> None:
    done = run.invoke(darkroom.app, ["imagine", "a red circle\nover the sea", "—steps", "2", "--json"])
    assert done.exit_code == 0, done.output
    (recipe,) = json.loads(done.stdout)["recipes"]
    assert (recipe["prompt"], recipe["steps"]) == ("a red circle over the sea", 2)


def test_a_picture_that_is_kept_back_says_why(
    worker: None, run: CliRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    nude = Verdict.of(Action.BLOCK, "nudity", "BARE_TORSO", "It seems to show nudity.")
    monkeypatch.setattr("gpuworker.stages.review.judge_picture", lambda *_, **__: nude)
    done = run.invoke(darkroom.app, ["imagine", "a tree", "--steps", "1"])
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr == "The picture was kept back. It seems to show nudity.\n"
    done = run.invoke(darkroom.app, ["imagine", "a tree", "--steps", "1", "--count", "2", "--json"])
    assert done.exit_code == 1
    answer = json.loads(done.stdout)
    assert answer["error"] == "2 of 2 pictures were kept back. It seems to show nudity."
    assert [each["reasons"][0]["rule"] for each in answer["kept_back"]] == ["nudity"] * 2
