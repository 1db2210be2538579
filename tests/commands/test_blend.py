"""`darkroom blend`, as an operator types it."""

from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner

import darkroom
from tests.commands.conftest import a_scene
from tests.gpuworker.stages.test_blend import STAR


def test_two_files_become_one_with_words_of_both(worker: None, run: CliRunner, tmp_path: Path) -> None:
    scene = a_scene(tmp_path, (128, 128))
    STAR.save(star := tmp_path / "star.png")
    asked = ["blend", str(scene), str(star), "--seed", "1", "--out", str(tmp_path), "--json"]
    said = run.invoke(darkroom.app, asked)
    assert said.exit_code == 0, said.output
    answer = json.loads(said.stdout)
    (recipe,), (file,) = answer["recipes"], answer["files"]
    assert "over the sea" in recipe["prompt"]
    assert "in the forest" in recipe["prompt"]
    assert recipe["start"]["kind"] == "blend"
    assert Path(file).name.endswith("-1.png")


def test_one_file_is_no_blend(run: CliRunner, tmp_path: Path) -> None:
    done = run.invoke(darkroom.app, ["blend", str(a_scene(tmp_path))])
    assert (done.exit_code, done.stderr.strip()) == (1, "From 2 to 5 pictures are blended, and this is 1.")
