"""`darkroom finish`, as an operator types it."""

from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner

import darkroom
from tests.commands.conftest import a_scene


def test_a_draft_is_finished_once(worker: None, run: CliRunner, tmp_path: Path) -> None:
    ask = ["imagine", "a red house in the snow", "--quality", "draft", "--seed", "2"]
    ask += ["--out", str(tmp_path), "--json"]
    (draft,) = json.loads(run.invoke(darkroom.app, ask).stdout)["files"]
    said = run.invoke(darkroom.app, ["finish", draft, "--out", str(tmp_path), "--json"])
    assert said.exit_code == 0, said.output
    answer = json.loads(said.stdout)
    (recipe,), (file,) = answer["recipes"], answer["files"]
    assert (recipe["steps"], recipe["noise"]["seed"], recipe["start"]["kind"]) == (40, 2, "whole")
    again = run.invoke(darkroom.app, ["finish", file])
    assert (again.exit_code, "is no draft" in again.stderr) == (1, True)


def test_a_picture_of_somebody_else_is_no_draft(run: CliRunner, tmp_path: Path) -> None:
    done = run.invoke(darkroom.app, ["finish", str(a_scene(tmp_path))])
    assert (done.exit_code, len(done.stderr.splitlines())) == (1, 1)
    assert "carries no recipe of a draft" in done.stderr
