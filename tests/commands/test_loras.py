"""LoRAs in prompts, as an operator types them."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from safetensors.torch import load_file, save_file
from typer.testing import CliRunner

import darkroom
from pocket.checkpoint.lora import LORA, chroma

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


def test_what_drew_is_told_and_another_file_of_the_name_is_refused(
    worker: None, run: CliRunner, home: Path
) -> None:
    file = home / "loras" / "My Sketch (v1).safetensors"
    file.parent.mkdir(exist_ok=True)
    save_file(load_file(LORA), file, {"modelspec.trigger_phrase": "pencil drawing"})
    prompt = f"{SCENE} <lora:my sketch (v1):1>"
    done = run.invoke(darkroom.app, ["imagine", prompt, "--seed", "1", "--quality", "draft", "--json"])
    assert done.exit_code == 0, done.output
    (picture,) = json.loads(done.stdout)["files"]
    numbers = file.read_bytes()
    numbers = numbers[8 + int.from_bytes(numbers[:8], "little") :]
    digest = hashlib.sha256(numbers).hexdigest()
    told = json.loads(run.invoke(darkroom.app, ["inspect", picture, "--json"]).stdout)
    assert told["hashes"] == {"loras": {"my sketch (v1)": digest}, "embeddings": {}}
    shown = run.invoke(darkroom.app, ["inspect", picture]).stdout
    assert f'Lora hashes: "my sketch (v1): {digest[:12]}", RNG: CPU' in shown

    save_file({name: tensor * 2 for name, tensor in load_file(LORA).items()}, file)
    again = run.invoke(darkroom.app, ["imagine", "--like", picture])
    assert again.exit_code == 1
    assert "The LoRA my sketch (v1) is no longer as it was when it drew this picture" in again.stderr
    file.unlink()
