"""`darkroom check-prompt` and `check-picture`, as an operator types them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner

import darkroom
from bot.grid import as_file
from pocket.world.drawing import draw
from pocket.world.scene import Figure, Scene
from storage.intake import LARGEST_FILE
from storage.noise import Noise
from storage.recipe import Recipe
from storage.recipe_file import read_recipe, text_of, to_png
from storage.samplers import Sampler
from storage.starts import AnyStart, WordMask


def test_prompts_are_judged_line_by_line(run: CliRunner) -> None:
    done = run.invoke(
        darkroom.app, ["check-prompt", "-", "--json"], input="a red circle\na naked woman\n\nEssex\n"
    )
    verdicts = [json.loads(line) for line in done.stdout.splitlines()]
    assert [verdict["verdict"] for verdict in verdicts] == ["allow", "block", "block", "allow"]
    assert verdicts[1]["reasons"][0]["rule"] == "sexual"
    assert set(verdicts[1]["reasons"][0]) == {"rule", "matched", "explanation"}


def test_an_operators_own_list_is_read_strictly(
    run: CliRunner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "mine.toml"
    own.write_text('[names]\n"Orla Vanterpool" = ["Orla V."]\n', encoding="utf-8")
    monkeypatch.setenv("DARKROOM_NAMES", str(own))
    done = run.invoke(darkroom.app, ["check-prompt", "orla vanterpool on a horse", "--json"])
    assert json.loads(done.stdout)["reasons"][0]["rule"] == "names"
    own.write_text('[names]\n"Pink" = []\n', encoding="utf-8")
    refused = run.invoke(darkroom.app, ["check-prompt", "orla vanterpool"])
    assert "which is a common word" in refused.stderr
    monkeypatch.delenv("DARKROOM_NAMES")
    assert "allow" in run.invoke(darkroom.app, ["check-prompt", "orla vanterpool", "--json"]).stdout


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


def drawn(folder: Path, name: str, start: AnyStart | None = None, **said: object) -> str:
    """A landscape with a recipe that says this."""
    recipe = Recipe(
        prompt="a green hill",
        width=64,
        height=64,
        steps=20,
        sampler=Sampler.EULER,
        guidance_scale=4,
        checkpoint="sd-1-5",
        checkpoint_hash="0" * 64,
        noise=Noise(seed=1),
        start=start,
    ).model_copy(update=said)
    (folder / name).write_bytes(to_png(Image.new("RGB", (64, 64), "green"), recipe))
    return str(folder / name)


def test_the_recipe_of_a_picture_is_judged_with_it(run: CliRunner, tmp_path: Path) -> None:
    innocent = drawn(tmp_path, "hill.png")
    files = [
        innocent,
        drawn(tmp_path, "prompt.png", prompt="a naked woman"),
        drawn(tmp_path, "words.png", start=WordMask(image="ab" * 32, mask_words="naked breasts")),
    ]
    done = run.invoke(darkroom.app, ["check-picture", *files, "--json"])
    verdicts = [json.loads(line) for line in done.stdout.splitlines()]
    assert [verdict["verdict"] for verdict in verdicts] == ["allow", "block", "block"]
    assert verdicts[1]["reasons"][0]["rule"] == "sexual"
    allowed = run.invoke(darkroom.app, ["check-picture", *files, "--policy", "nsfw", "--json"])
    assert [json.loads(line)["verdict"] for line in allowed.stdout.splitlines()] == ["allow"] * 3


def test_nudity_with_a_prompt_that_names_minors_is_blocked_in_any_policy(
    run: CliRunner, tmp_path: Path
) -> None:
    """As the worker does: what the recipe says counts for what the picture shows."""
    bare = Scene("sea", (), (Figure("woman", "bare", "waving", "left", "big"),))
    (tmp_path / "bare.png").write_bytes(
        to_png(
            Image.fromarray(draw(bare, 1).pixels),
            Recipe(
                prompt="a school girl",
                width=128,
                height=128,
                steps=20,
                sampler=Sampler.EULER,
                guidance_scale=4,
                checkpoint="pocket",
                checkpoint_hash="0" * 64,
                noise=Noise(seed=1),
            ),
        )
    )
    done = run.invoke(
        darkroom.app, ["check-picture", str(tmp_path / "bare.png"), "--policy", "nsfw", "--json"]
    )
    verdict = json.loads(done.stdout)
    assert verdict["verdict"] == "block"
    assert {reason["rule"] for reason in verdict["reasons"]} == {"minors"}


def test_each_picture_of_a_grid_is_judged_by_its_own_recipe(run: CliRunner, tmp_path: Path) -> None:
    files = [drawn(tmp_path, "a.png"), drawn(tmp_path, "b.png", prompt="a naked woman")]
    pngs = [Path(file).read_bytes() for file in files]
    recipes = [recipe for file in files if (recipe := read_recipe(file)) is not None]
    (tmp_path / "grid.png").write_bytes(as_file(pngs, recipes, 10**7)[0])
    done = run.invoke(darkroom.app, ["check-picture", str(tmp_path / "grid.png"), "--json"])
    assert json.loads(done.stdout)["verdict"] == "block"


def test_one_file_that_cannot_be_read_does_not_hide_the_others(run: CliRunner, tmp_path: Path) -> None:
    (tmp_path / "text.png").write_text("not a picture")
    files = [str(tmp_path / "text.png"), drawn(tmp_path, "hill.png"), str(tmp_path / "missing.png")]
    done = run.invoke(darkroom.app, ["check-picture", *files, "--json"])
    assert done.exit_code == 1
    text, hill, missing = map(json.loads, done.stdout.splitlines())
    assert text["error"] == (
        f"{files[0]}: The picture is no picture that can be read here: "
        "send a PNG, JPEG, WebP, GIF, BMP or TIFF."
    )
    assert hill["verdict"] == "allow"
    assert missing["error"] == f"{files[2]} cannot be read: No such file or directory."
    assert done.stderr.splitlines() == [text["error"], missing["error"]]


def test_a_file_that_claims_too_many_pixels_is_not_decoded(run: CliRunner, tmp_path: Path) -> None:
    Image.new("L", (9000, 9000)).save(tmp_path / "bomb.png")
    done = run.invoke(darkroom.app, ["check-picture", str(tmp_path / "bomb.png"), "--json"])
    assert done.exit_code == 1
    assert "The picture has too many pixels: make it smaller, 20 megapixels at most." in done.stderr


def test_what_is_seen_of_a_picture_is_judged(run: CliRunner, tmp_path: Path) -> None:
    """Upright and in its own colours, as a browser shows it, whatever the file's way to say so."""
    bare = Scene("sea", (), (Figure("woman", "bare", "waving", "left", "big"),))
    picture, recipe = Image.fromarray(draw(bare, 1).pixels), read_recipe(drawn(tmp_path, "hill.png"))
    lying, exif = picture.transpose(Image.Transpose.ROTATE_90), Image.Exif()
    exif[0x0112] = 6  # to be turned by a quarter clockwise
    assert recipe is not None
    text = text_of([recipe.model_copy(update={"checkpoint": "pocket", "prompt": "a figure"})])
    lying.save(tmp_path / "lying.png", pnginfo=text, exif=exif)
    done = run.invoke(darkroom.app, ["check-picture", str(tmp_path / "lying.png"), "--json"])
    assert json.loads(done.stdout)["verdict"] == "block"


@pytest.mark.slow
def test_pictures_that_were_enlarged_here_are_judged_though_members_may_not_send_so_much(
    run: CliRunner, tmp_path: Path
) -> None:
    Image.effect_noise((4096, 4096), 60).save(tmp_path / "large.png", compress_level=1)
    assert (tmp_path / "large.png").stat().st_size > LARGEST_FILE
    done = run.invoke(darkroom.app, ["check-picture", str(tmp_path / "large.png"), "--json"])
    assert json.loads(done.stdout)["verdict"] == "allow"
