"""Other programs' pictures on the command line: shown, and made again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner

import darkroom
from tests.storage.intake.other_programs.files import COMFYUI, PARAMETERS, commented, picture, png


def written(folder: Path, name: str, data: bytes) -> str:
    (folder / name).write_bytes(data)
    return str(folder / name)


def test_inspect_shows_what_they_say_and_what_is_not_here(run: CliRunner, tmp_path: Path) -> None:
    files = [
        written(tmp_path, "a.png", png({"parameters": PARAMETERS.replace("2M Karras", "SDE")})),
        written(tmp_path, "b.png", png({"prompt": json.dumps(COMFYUI)})),
    ]
    shown = run.invoke(darkroom.app, ["inspect", *files]).stdout
    assert f"{files[0]}:\na (red:1.2) boat\nNegative prompt: trees, [blurry]\nSteps: 28, " in shown
    assert "The sampler DPM++ SDE is not here: Euler a draws instead." in shown
    assert "The checkpoint dreamshaper_8 is not here: pocket draws instead." in shown
    assert "The LoRA ink is not here, and is left out." in shown
    lines = run.invoke(darkroom.app, ["inspect", *files, "--json"]).stdout.splitlines()
    first, second = map(json.loads, lines)
    assert (first["file"], first["program"], first["seed"]) == (files[0], "A1111", 1234)
    assert (second["program"], second["loras"]) == ("ComfyUI", [{"name": "ink", "weight": 0.8}])
    assert second["drawn_here"]["sampler"] == "dpmpp_2m_karras"
    assert any("dreamshaper_8" in sentence for sentence in second["not_here"])


def test_a_jpeg_is_made_again_by_what_it_says(
    worker: None, home: Path, run: CliRunner, tmp_path: Path
) -> None:
    said = PARAMETERS.replace("dreamshaper_8", "pocket").replace("512x768", "96x64").replace("28", "4")
    file = written(tmp_path, "a.jpg", picture("JPEG", commented(said, "utf-16-le")))
    done = run.invoke(darkroom.app, ["imagine", "--like", file, "--json"])
    answer = json.loads(done.stdout)
    (recipe,) = answer["recipes"]
    assert (recipe["prompt"], recipe["negative_prompt"]) == ("a (red:1.2) boat", "trees, [blurry]")
    assert (recipe["steps"], recipe["sampler"], recipe["guidance_scale"]) == (4, "dpmpp_2m_karras", 6.5)
    assert (recipe["noise"]["seed"], recipe["weighting"]) == (1234, "a1111")
    assert Image.open(home / answer["files"][0]).size == (96, 64)
    assert "alike at best" in done.stderr


def test_without_its_checkpoint_it_has_a_size_that_suits_the_other_one(
    worker: None, home: Path, run: CliRunner, tmp_path: Path
) -> None:
    file = written(tmp_path, "a.png", png({"parameters": PARAMETERS.replace("28", "4")}))
    done = run.invoke(darkroom.app, ["imagine", "a star", "--like", file, "--seed", "5", "--json"])
    answer = json.loads(done.stdout)
    (recipe,) = answer["recipes"]
    assert (recipe["prompt"], recipe["noise"]["seed"]) == ("a star", 5)
    width, height = Image.open(home / answer["files"][0]).size
    assert width < height <= 192, "2:3, with about as many pixels as pocket was trained on"
    assert "The checkpoint dreamshaper_8 is not here: pocket draws instead." in done.stderr


@pytest.mark.parametrize("what", ["imagine", "check"])
def test_what_a_picture_says_is_judged_like_typed_words(run: CliRunner, tmp_path: Path, what: str) -> None:
    file = written(tmp_path, "a.png", png({"parameters": PARAMETERS.replace("boat", "naked woman, porn")}))
    if what == "imagine":
        done = run.invoke(darkroom.app, ["imagine", "--like", file])
        assert done.exit_code == 1
        assert "against this channel's policy" in done.stderr
    else:
        done = run.invoke(darkroom.app, ["check-picture", file, "--json"])
        verdict = json.loads(done.stdout)
        assert verdict["verdict"] == "block"
        assert any(reason["rule"] == "sexual" for reason in verdict["reasons"])


def test_settings_without_a_prompt_need_one(run: CliRunner, tmp_path: Path) -> None:
    file = written(tmp_path, "a.png", png({"parameters": PARAMETERS.split("\n", 2)[2]}))
    done = run.invoke(darkroom.app, ["imagine", "--like", file])
    assert done.exit_code == 1
    assert "no prompt: say what should be in the picture" in done.stderr


PASTED = " ".join(PARAMETERS.replace("dreamshaper_8", "pocket").replace("512x768", "96x64").split("\n"))


def test_what_is_pasted_with_its_settings_is_drawn_by_them(worker: None, run: CliRunner) -> None:
    done = run.invoke(darkroom.app, ["imagine", PASTED.replace("28", "4"), "--seed", "5", "--json"])
    (recipe,) = json.loads(done.stdout)["recipes"]
    assert (recipe["prompt"], recipe["negative_prompt"]) == ("a (red:1.2) boat", "trees, [blurry]")
    assert (recipe["steps"], recipe["width"], recipe["noise"]["seed"]) == (4, 96, 5)
    assert "alike at best" in done.stderr


def test_a_negative_prompt_may_be_pasted_behind_the_prompt(worker: None, run: CliRunner) -> None:
    words = "a red circle Negative prompt: nude, trees"
    done = run.invoke(darkroom.app, ["imagine", words, "--steps", "2", "--json"])
    (recipe,) = json.loads(done.stdout)["recipes"]
    assert (recipe["prompt"], recipe["negative_prompt"]) == ("a red circle", "nude, trees")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("Negative prompt: trees", "You pasted a negative prompt alone"),
        ("Steps: 20, Sampler: Euler, Seed: 3", "What you pasted carries settings of A1111 but no prompt"),
    ],
)
def test_what_is_pasted_without_a_prompt_is_refused(run: CliRunner, words: str, said: str) -> None:
    done = run.invoke(darkroom.app, ["imagine", words])
    assert done.exit_code != 0
    assert said in " ".join(done.stderr.split())
