"""`darkroom shorten`, as an operator types it."""

from __future__ import annotations

import json

from typer.testing import CliRunner

import darkroom


def test_a_prompt_is_shortened(worker: None, run: CliRunner) -> None:
    said = run.invoke(darkroom.app, ["shorten", "a picture of a red circle at sunset", "--json"])
    assert said.exit_code == 0, said.output
    answer = json.loads(said.stdout)
    assert [word["phrase"] for word in answer["words"]][-1] == "sunset"
    assert {"red", "circle", "sunset"} <= set(answer["prompt"].split())
    assert "picture" not in answer["prompt"]


def test_a_word_alone_is_one_line(run: CliRunner) -> None:
    done = run.invoke(darkroom.app, ["shorten", "circle"])
    assert (done.exit_code, len(done.stderr.splitlines())) == (1, 1)
