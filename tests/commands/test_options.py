"""What several commands offer, as an operator types it."""

from __future__ import annotations

import inspect
from typing import get_args

import pytest
import typer
from pydantic import ValidationError
from typer.testing import CliRunner

import darkroom
from commands import options
from moderation.policy import Preset
from moderation.prompt_form import one_line
from storage.jobs import Imagine, Sampling
from storage.noise import MAX_SEED
from storage.samplers import Sampler
from storage.starts import FacePart
from tasks.presets import Imagination, Quality
from tests.conftest import a_job, imagined

SHARED = {
    "file": options.Picture,
    "quality": options.Quality,
    "seed": options.Seed,
    "strength": options.Strength,
    "checkpoint": options.Checkpoint,
    "policy": options.Policy,
    "folder": options.Folder,
    "as_json": options.Json,
}


@pytest.mark.parametrize("command", darkroom.COMMANDS, ids=lambda command: command.__name__)
def test_what_several_commands_offer_is_declared_once(command: typer.models.CommandFunctionType) -> None:
    offered = inspect.signature(command, eval_str=True).parameters
    for name in SHARED.keys() & offered.keys():
        if command.__name__ != "worker":
            assert offered[name].annotation == SHARED[name], name


@pytest.mark.parametrize("name", ["edit", "outpaint", "faces"])
def test_those_who_paint_in_a_picture_offer_the_same(name: str) -> None:
    (command,) = [each for each in darkroom.COMMANDS if each.__name__ == name]
    offered = inspect.signature(command).parameters
    assert {"file", "prompt", "negative", *SHARED} - {"strength"} <= offered.keys()


@pytest.mark.parametrize(("field", "lowest", "highest"), [("steps", 1, 150), ("guidance_scale", 1, 30)])
def test_the_bounds_are_those_of_a_job(field: str, lowest: int, highest: int) -> None:
    task = imagined(a_job()).model_dump()
    for fits in (lowest, highest):
        Sampling.model_validate({**task, field: fits})
    for beyond in (lowest - 1, highest + 1):
        with pytest.raises(ValidationError):
            Sampling.model_validate({**task, field: beyond})
    declared = get_args({"steps": options.Steps, "guidance_scale": options.Guidance}[field])[1]
    assert (declared.min, declared.max) == (lowest, highest)


def test_as_many_pictures_may_be_asked_for_as_a_job_makes() -> None:
    task = imagined(a_job()).model_dump()
    count, best = get_args(options.Count)[1], get_args(options.BestOf)[1]
    noises = [{"seed": seed} for seed in range(best.max + 1)]
    Imagine.model_validate({**task, "noises": noises[: count.max]})
    Imagine.model_validate({**task, "noises": noises[: best.max], "best": count.max})
    for pictures, chosen in ((count.max + 1, None), (best.max + 1, 1), (best.max, count.max + 1)):
        with pytest.raises(ValidationError):
            Imagine.model_validate({**task, "noises": noises[:pictures], "best": chosen})


@pytest.mark.parametrize(
    ("option", "choices"),
    [
        ("--quality", list(Quality)),
        ("--imagination", list(Imagination)),
        ("--sampler", list(Sampler)),
    ],
)
def test_all_choices_are_told_and_taken(run: CliRunner, option: str, choices: list[str]) -> None:
    done = run.invoke(darkroom.app, ["imagine", "a tree", option, "banana"])
    assert done.exit_code == 2
    (line,) = done.stderr.splitlines()
    assert f"choose {', '.join(choices[:-1])} or {choices[-1]}; see darkroom imagine --help." in line
    shown = run.invoke(darkroom.app, ["imagine", "--help"], env={"COLUMNS": "200"}).stdout
    for choice in choices:
        assert choice in shown
        # What is refused next is the policy, so that nothing is rendered.
        done = run.invoke(darkroom.app, ["imagine", "a tree", option, choice.upper(), "--policy", "no"])
        assert (done.exit_code, "policy 'no'" in done.stderr) == (1, True)


def test_all_policies_are_told() -> None:
    assert get_args(options.Policy)[1].help == f"{', '.join(Preset)}, or a JSON file."


def test_samplers_are_known_by_the_names_of_other_programs_too() -> None:
    for sampler in Sampler:
        assert options._sampler(sampler.label) == sampler


@pytest.mark.parametrize("part", get_args(FacePart))
def test_each_part_of_a_face_may_be_said(part: str) -> None:
    assert options._part(part) == part


def test_minus_one_draws_a_seed() -> None:
    drawn = {options._seed("-1") for _ in range(5)}
    assert len(drawn) == 5
    assert all(0 <= seed <= MAX_SEED for seed in drawn)
    assert options._seed("0") == 0
    assert options._seed(str(MAX_SEED)) == MAX_SEED
    for wrong in ("-2", str(MAX_SEED + 1), "7.5", "lucky", ""):
        with pytest.raises(typer.BadParameter, match="whole number from 0 to 4294967295, or -1 to draw one"):
            options._seed(wrong)


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("a red boat\nover the sea", "a red boat over the sea"),
        ("a red boat,\r\n\r\n  over the sea\n", "a red boat, over the sea"),
        ("a  red boat ", "a  red boat "),
        ("", ""),
    ],
)
def test_several_lines_are_joined(typed: str, read: str) -> None:
    assert one_line(typed) == read


def test_several_lines_are_judged_as_one_prompt(run: CliRunner) -> None:
    assert run.invoke(darkroom.app, ["check-prompt", "a red boat\nover the sea"]).stdout == "allow\n"
    done = run.invoke(darkroom.app, ["imagine", "a naked\nwoman"])
    assert (done.exit_code, "nudity or sex" in done.stderr) == (1, True)


@pytest.mark.parametrize(
    "arguments",
    [
        ["imagine", "a tree", "—quality", "best"],
        ["imagine", "a tree", "–quality", "best"],
        ["imagine", "a tree", "—quality=best"],
    ],
)
def test_the_dash_that_phones_make_of_two_hyphens_is_meant_so(run: CliRunner, arguments: list[str]) -> None:
    done = run.invoke(darkroom.app, arguments)
    assert (done.exit_code, "no quality 'best'" in done.stderr) == (2, True)


def test_a_dash_in_a_prompt_stays(run: CliRunner) -> None:
    done = run.invoke(darkroom.app, ["explain", "—", "--json"])
    assert '"prompt": "\\\\—"' in done.stdout
