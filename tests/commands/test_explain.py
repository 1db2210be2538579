"""`darkroom explain`, as an operator types it."""

from __future__ import annotations

import json
import os

import pytest
from typer.testing import CliRunner

import darkroom


def test_a_prompt_is_explained(run: CliRunner) -> None:
    prompt = "a (red:1.3) [house|boat] BREAK over the sea AND a star:0.5"
    answer = json.loads(run.invoke(darkroom.app, ["explain", prompt, "--steps", "4", "--json"]).stdout)
    assert answer["refused"] is None
    first, second = answer["moments"]
    assert (first["steps"], second["steps"]) == ([1, 3], [2, 4])
    assert [branch["weight"] for branch in first["branches"]] == [1, 0.5]
    before, after = first["branches"][0]["sections"]
    assert {"text": "red", "weight": 1.3, "is_embedding": False} in before["words"]
    assert (before["tokens"], after["tokens"]) == (3, 3)

    shown = run.invoke(darkroom.app, ["explain", prompt, "--steps", "4"]).stdout.splitlines()
    assert shown[0] == "steps 1, 3"
    assert shown[1].startswith("a red 1.30 house")
    assert shown[2].startswith("BREAK over the sea  3 tokens, 1 chunk")
    assert shown[3] == "AND"


@pytest.mark.parametrize("command", ["explain", "shorten", "imagine"])
def test_bytes_that_are_no_text_are_told_as_such(run: CliRunner, command: str) -> None:
    done = run.invoke(darkroom.app, [command, os.fsdecode(b"a \xff b")])
    assert done.exit_code == 1
    assert done.stderr.startswith("The prompt holds half of a character (U+DCFF, character 3).")


@pytest.mark.parametrize(
    ("prompt", "sentence"),
    [
        ("a tree" + "".join(f"<lora:{name}:0.8>" for name in "abcde"), "more than 4 LoRAs"),
        (" AND ".join("abcdefghi"), "more than 8 prompts"),
    ],
)
def test_what_cannot_be_drawn_is_refused_and_explained(run: CliRunner, prompt: str, sentence: str) -> None:
    assert sentence in " ".join(run.invoke(darkroom.app, ["explain", prompt]).stdout.split())
    done = run.invoke(darkroom.app, ["imagine", prompt])
    assert done.exit_code == 1
    assert sentence in done.stderr
