"""LoRAs in prompts, as an operator types them."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from PIL import Image
from typer.testing import CliRunner

import darkroom
from pocket.checkpoint.lora import chroma

SCENE = "a red circle over the sea"


def test_the_pencil_that_ships_draws_and_draws_again(worker: None, run: CliRunner) -> None:
    def made(*arguments: str) -> tuple[np.ndarray, dict[str, Any]]:
        done = run.invoke(darkroom.app, ["imagine", *arguments, "--json"])
        assert done.exit_code == 0, done.output
        answer = json.loads(done.stdout)
        return np.asarray(Image.open(answer["files"][0])), answer

    coloured, _ = made(SCENE, "--seed", "1", "--quality", "draft")
    pencilled, answer = made(f"{SCENE} <lora:pocket-sketch:1>", "--seed", "1", "--quality", "draft")
    assert chroma(pencilled[None]) < 0.5 * chroma(coloured[None])
    again, _ = made("--like", answer["files"][0])
    assert np.abs(again.astype(int) - pencilled).max() <= 1


def test_a_lora_that_is_not_there_is_one_sentence(worker: None, run: CliRunner) -> None:
    done = run.invoke(darkroom.app, ["imagine", f"{SCENE} <lora:ink:1>"])
    assert done.exit_code == 1
    assert done.stderr.strip() == "There is no LoRA called ink: those that are here are pocket-sketch."
