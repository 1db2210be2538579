"""`darkroom describe`, as an operator types it."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

import darkroom
from tests.commands.conftest import a_scene


def test_a_file_is_put_into_words(
    worker: None, run: CliRunner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "commands.describe.out", Console(highlight=False, width=100, file=(shown := io.StringIO()))
    )
    scene = str(a_scene(tmp_path, (128, 128)))
    answer = json.loads(run.invoke(darkroom.app, ["describe", scene, "--json"]).stdout)
    words = {word["phrase"]: word["agreement"] for word in answer["words"]}
    assert {"over the sea", "red"} <= set(words)
    assert answer["prompt"].startswith("a red ")
    assert "over the sea" in answer["prompt"]
    assert answer["size"] == [128, 128]
    run.invoke(darkroom.app, ["describe", scene])
    header, *rows, prompt = shown.getvalue().strip().splitlines()
    assert header.split() == ["words", "agreement"]
    assert [row.split(" 0.")[0].strip() for row in rows] == list(words)
    lengths = [row.count("▰") for row in rows]
    assert lengths == sorted(lengths, reverse=True)
    assert lengths[0] == 12
    assert prompt == answer["prompt"]
