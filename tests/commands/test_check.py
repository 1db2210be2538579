"""`darkroom check-prompt` and `check-picture`, as an operator types them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner

import darkroom
from pocket.world.drawing import draw
from pocket.world.scene import Figure, Scene
from storage.noise import Noise
from storage.recipe import Recipe
from storage.recipe_file import to_png
from storage.samplers import Sampler


def test_prompts_are_judged_line_by_line(run: CliRunner) -> None:
    done = run.invoke(
        darkroom.app, ["check-prompt", "-", "--json"], input="a red circle\na naked woman\n\nEssex\n"
    )
    verdicts = [json.loads(line) for line in done.stdout.splitlines()]
    assert [verdict["verdict"] for verdict in verdicts] == ["allow", "block", "block", "allow"]
    assert verdicts[1]["reasons"][0]["rule"] == "sexual"
    assert set(verdicts[1]["reasons"][0]) == {"rule", "matched", "explanation"}


def test_pictures_are_judged(run: CliRunner, tmp_path: Path) -> None:
    Image.new("RGB", (64, 64), "green").save(tmp_path / "green.png")
    (tmp_path / "text.png").write_text("not a picture")
    done = run.invoke(darkroom.app, ["check-picture", str(tmp_path / "green.png"), "--json"])
    assert json.loads(done.stdout)["verdict"] == "allow"
    assert run.invoke(darkroom.app, ["check-picture", str(tmp_path / "text.png")]).exit_code == 1


@pytest.mark.parametrize(("checkpoint", "verdict"), [("pocket", "block"), ("sd-1-5", "allow")])
def test_a_picture_is_judged_by_what_made_it(
    run: CliRunner, tmp_path: Path, checkpoint: str, verdict: str
) -> None:
    bare = Scene("sea", (), (Figure("woman", "bare", "waving", "left", "big"),))
    recipe = Recipe(
        prompt="a beautiful figure",
        width=128,
        height=128,
        steps=20,
        sampler=Sampler.EULER,
        guidance_scale=4,
        checkpoint=checkpoint,
        checkpoint_hash="0" * 64,
        noise=Noise(seed=1),
    )
    (tmp_path / "bare.png").write_bytes(to_png(Image.fromarray(draw(bare, 1).pixels), recipe))
    done = run.invoke(darkroom.app, ["check-picture", str(tmp_path / "bare.png"), "--json"])
    assert json.loads(done.stdout)["verdict"] == verdict
