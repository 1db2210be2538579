"""`darkroom train`, as an operator types it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner

import darkroom
from gpuworker.adapters.embedding_file import read_embedding
from storage.recipe import sampled
from storage.recipe_file import read_recipe
from tests.benchmarks.subjects import OBJECTS, pictures_of


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have few steps made, few looks and one phrase asked for, so that nothing is taken back again."""
    monkeypatch.setattr("tasks.train.STEPS", 3)
    monkeypatch.setattr("gpuworker.stages.examples._NAMES", 1)
    monkeypatch.setattr("gpuworker.training.trainer._LOOKS", 1)


@pytest.fixture
def pictures(tmp_path: Path) -> list[str]:
    files = []
    for place, picture in enumerate(pictures_of(OBJECTS[0], seed=1)[:3]):
        picture.save(tmp_path / f"{place}.png")
        files.append(str(tmp_path / f"{place}.png"))
    return files


@pytest.mark.slow
def test_a_word_is_trained_and_drawn_with(
    worker: None, run: CliRunner, home: Path, tmp_path: Path, pictures: list[str]
) -> None:
    asked = ["train", "zorp", *pictures, "--vectors", "3", "--caption", "in the snow", "--seed", "1"]
    said = run.invoke(darkroom.app, [*asked, "--out", str(tmp_path), "--json"])
    assert said.exit_code == 0, said.output
    answer = json.loads(said.stdout)
    file = Path(answer["file"])
    assert file == home / "embeddings" / "zorp.safetensors"
    assert len(read_embedding(file)[0]) == answer["vectors"] == 3
    assert file.stat().st_size == answer["bytes"] < 40_000
    assert answer["captions"][0] == "in the snow"
    assert len(answer["losses"]) == 3
    assert Image.open(answer["sheet"]).width > 400
    drawn = run.invoke(
        darkroom.app, ["imagine", "a zorp at night", "--quality", "draft", "--out", str(tmp_path)]
    )
    assert drawn.exit_code == 0, drawn.output
    recipe = sampled(read_recipe(Path(drawn.stdout.strip()).read_bytes()))
    assert recipe is not None
    assert recipe.hashes is not None
    assert set(recipe.hashes.embeddings) == {"zorp"}
    again = run.invoke(darkroom.app, [*asked[:2], *pictures])
    assert again.exit_code == 1


def test_captions_are_printed_corrected_and_handed_back(
    worker: None, run: CliRunner, tmp_path: Path, pictures: list[str]
) -> None:
    asked = ["train", "glix", *pictures]
    said = run.invoke(darkroom.app, [*asked, "--captions-only"])
    assert said.exit_code == 0, said.output
    assert len(said.stdout.rstrip("\n").split("\n")) == 3
    (file := tmp_path / "captions.txt").write_text("in the snow\n\nat night\n", encoding="utf-8")
    handed_back = [*asked, "--captions", str(file), "--captions-only", "--json"]
    again = run.invoke(darkroom.app, handed_back)
    assert json.loads(again.stdout) == {"captions": ["in the snow", "", "at night"]}
    read_here = run.invoke(darkroom.app, [*asked, "--captions", "-", "--captions-only"], input="a\nb\nc")
    assert read_here.stdout == "a\nb\nc\n"
    assert run.invoke(darkroom.app, [*handed_back, "--caption", "a"]).exit_code == 2
    file.write_text("a\nb\nc\nd", encoding="utf-8")
    assert "4 lines for 3 pictures" in run.invoke(darkroom.app, handed_back).output


@pytest.mark.parametrize(
    ("word", "count"), [("zorp2", 2), ("zorp2", 12), ("z" * 200, 3), ("🦊", 3), ("house", 3)]
)
def test_what_cannot_be_trained_is_refused_before_a_worker_starts(
    run: CliRunner, pictures: list[str], word: str, count: int
) -> None:
    said = run.invoke(darkroom.app, ["train", word, *(pictures * 4)[:count]])
    assert said.exit_code != 0


def test_a_video_is_no_picture(run: CliRunner, tmp_path: Path, pictures: list[str]) -> None:
    (film := tmp_path / "film.mp4").write_bytes(b"\0\0\0\x18ftypmp42")
    assert run.invoke(darkroom.app, ["train", "zorp3", *pictures, str(film)]).exit_code != 0
