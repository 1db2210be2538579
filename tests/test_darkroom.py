"""The command line, as an operator types it."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import psutil
import pytest
from PIL import Image
from rich.console import Console
from typer.testing import CliRunner

import darkroom
from gpuworker.models.words import Words
from gpuworker.pocket.world.drawing import draw
from gpuworker.pocket.world.scene import Figure, Scene, Thing
from storage.embedded_redis import EmbeddedRedis
from storage.jobs import Noise, Sampler
from storage.recipe import Recipe, sampled
from storage.recipe_file import read_recipe, to_png
from storage.settings import Settings
from tests.bot.conftest import running_worker
from tests.discord_emulator import DiscordEmulator


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def worker(home: Path) -> Iterator[None]:
    with EmbeddedRedis(home / "redis"), running_worker(Settings(home=home)):
        yield


@pytest.fixture
def run(home: Path, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    monkeypatch.setenv("DARKROOM_HOME", str(home))
    monkeypatch.chdir(home)
    return CliRunner()


def shell(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command as a process of its own."""
    environment = {**os.environ, "DARKROOM_HOME": str(home), "COLUMNS": "100"}
    command = [sys.executable, "-m", "darkroom", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=240, check=False)


@pytest.mark.slow
def test_the_first_picture_needs_nothing_but_the_command(tmp_path: Path) -> None:
    done = shell(tmp_path, "imagine", "a red circle over the sea", "--out", str(tmp_path / "pictures"))
    assert done.returncode == 0, done.stderr
    (path,) = map(Path, done.stdout.split())
    assert path.parent == tmp_path / "pictures"
    assert Image.open(path).size == (128, 128)
    started = [process for process in psutil.process_iter() if str(tmp_path) in " ".join(_command(process))]
    assert started == [], "the command leaves nothing running"


def _command(process: psutil.Process) -> list[str]:
    try:
        return list(process.cmdline())
    except psutil.Error:
        return []


def test_the_same_seed_is_the_same_picture(worker: None, home: Path, run: CliRunner) -> None:
    arguments = ["imagine", "a blue house in the snow", "--seed", "3", "--quality", "draft", "--json"]
    answers = [json.loads(run.invoke(darkroom.app, arguments).stdout) for _ in range(2)]
    first, second = (np.asarray(Image.open(home / answer["files"][0])) for answer in answers)
    assert np.array_equal(first, second)
    recipe = sampled(read_recipe((home / answers[0]["files"][0]).read_bytes()))
    assert recipe is not None
    assert recipe.model_dump(mode="json") == answers[0]["recipes"][0]
    assert recipe.noise.seed == 3


def test_count_and_size_are_obeyed(worker: None, home: Path, run: CliRunner) -> None:
    arguments = ["imagine", "a tree", "--count", "3", "--size", "96x64", "--steps", "8", "--out", "many"]
    done = run.invoke(darkroom.app, arguments)
    paths = [home / line for line in done.stdout.split()]
    assert [Image.open(path).size for path in paths] == [(96, 64)] * 3


def a_scene(folder: Path, size: tuple[int, int] = (192, 128)) -> Path:
    """A red circle over the sea, as a file."""
    drawing = draw(Scene("sea", (Thing("circle", "red", "centre", "big"),)), 1)
    Image.fromarray(drawing.pixels).resize(size).save(folder / "scene.png")
    return folder / "scene.png"


def test_a_picture_is_made_from_a_picture(worker: None, home: Path, run: CliRunner, tmp_path: Path) -> None:
    scene = str(a_scene(tmp_path))
    arguments = [
        "imagine",
        "a blue circle over the sea",
        "--image",
        scene,
        "--seed",
        "1",
        "--steps",
        "6",
        "--json",
    ]
    answers = [json.loads(run.invoke(darkroom.app, arguments).stdout) for _ in range(2)]
    first, second = (Image.open(home / answer["files"][0]) for answer in answers)
    assert first.size == (160, 96), "the shape of the picture, with the pixels of the checkpoint's own size"
    assert np.array_equal(np.asarray(first), np.asarray(second))
    (recipe,) = answers[0]["recipes"]
    assert recipe["start"]["strength"] == 0.75
    shown = run.invoke(darkroom.app, ["inspect", answers[0]["files"][0]]).stdout
    assert "Denoising strength: 0.75" in shown
    assert recipe["start"]["image"][:10] in shown
    bolder = json.loads(run.invoke(darkroom.app, [*arguments, "--strength", "1", "--size", "square"]).stdout)
    assert Image.open(home / bolder["files"][0]).size == (128, 128)


def test_the_best_of_several_is_better_than_most(worker: None, home: Path, run: CliRunner) -> None:
    clip = Words(Settings(home=home), "cpu").clip
    prompt = "a red circle over the sea"
    arguments = ["imagine", prompt, "--seed", "1", "--quality", "draft", "--json"]
    everything = json.loads(run.invoke(darkroom.app, [*arguments, "--count", "4"]).stdout)
    best = json.loads(run.invoke(darkroom.app, [*arguments, "--best-of", "4"]).stdout)
    pictures = [Image.open(home / file) for file in everything["files"]]
    agreements = (clip.pictures(pictures) @ clip.texts([prompt])[0]).tolist()
    assert best["agreements"] == [pytest.approx(max(agreements), abs=1e-3)]
    assert best["agreements"][0] > sum(agreements) / 4
    chosen = agreements.index(max(agreements))
    assert best["recipes"] == [everything["recipes"][chosen]]

    seed = str(best["recipes"][0]["noise"]["seed"])
    alone = json.loads(run.invoke(darkroom.app, ["imagine", prompt, "--seed", seed, *arguments[4:]]).stdout)
    assert alone["recipes"] == best["recipes"]
    same, again = (np.asarray(Image.open(home / answer["files"][0])).astype(int) for answer in (best, alone))
    assert np.abs(same - again).max() <= 1


def test_a_file_is_put_into_words(
    worker: None, run: CliRunner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(darkroom, "out", Console(highlight=False, width=100, file=(shown := io.StringIO())))
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


@pytest.mark.parametrize("way", ["mask", "transparency"])
def test_only_what_is_masked_changes(
    worker: None, home: Path, run: CliRunner, tmp_path: Path, way: str
) -> None:
    scene, mask = Image.open(a_scene(tmp_path, (200, 150))), Image.new("L", (200, 150))
    mask.paste(255, (60, 40, 140, 110))
    arguments = [
        "imagine",
        "a blue star over the sea",
        "--image",
        str(tmp_path / "scene.png"),
        "--steps",
        "6",
    ]
    if way == "mask":
        mask.save(tmp_path / "mask.png")
        arguments += ["--mask", str(tmp_path / "mask.png")]
    else:
        with_hole = scene.copy()
        with_hole.putalpha(mask.point(lambda value: 255 - value))
        with_hole.save(tmp_path / "scene.png")
    (path,) = run.invoke(darkroom.app, arguments).stdout.split()
    made, masked = np.asarray(Image.open(home / path)), np.asarray(mask) > 0
    assert (made[~masked] == np.asarray(scene)[~masked]).all()
    assert np.abs(made.astype(int) - np.asarray(scene))[masked].mean() > 5
    shown = run.invoke(darkroom.app, ["inspect", str(home / path)]).stdout
    assert "Denoising strength: 1," in shown
    assert "Mask hash" in shown


def test_noise_is_taken_over_from_an_earlier_picture(worker: None, home: Path, run: CliRunner) -> None:
    small = ["imagine", "a tree", "--size", "96x64", "--steps", "2"]
    (path,) = run.invoke(darkroom.app, [*small, "--seed", "5"]).stdout.split()
    again = json.loads(run.invoke(darkroom.app, [*small, "--freeze", path, "--json"]).stdout)
    assert again["recipes"][0]["noise"] == {"seed": 5, "variations": [], "frozen": [96, 64]}
    assert np.array_equal(
        np.asarray(Image.open(home / path)), np.asarray(Image.open(home / again["files"][0]))
    )
    wide = json.loads(run.invoke(darkroom.app, [*small[:3], "128x64", "--freeze", path, "--json"]).stdout)
    assert wide["recipes"][0]["noise"]["frozen"] == [96, 64]
    for more in (["--seed", "5"], ["--count", "2"], ["--best-of", "2"]):
        refused = run.invoke(darkroom.app, [*small, "--freeze", path, *more])
        assert refused.exit_code == 1
        assert "leave out --seed, --count and --best-of" in refused.stderr


@pytest.fixture(scope="module")
def bad_pictures(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A scene, and files that no picture can be made from, by what is wrong with them."""
    folder = tmp_path_factory.mktemp("bad")
    scene = a_scene(folder)
    files = {"truncated": scene.read_bytes()[:2000], "text": b"not a picture"}
    for name, size in (("dot", (1, 1)), ("line", (20_000, 10)), ("bomb", (5000, 5000))):
        file = io.BytesIO()
        Image.new("1", size).save(file, "PNG")
        files[name] = file.getvalue()
    for name, data in files.items():
        (folder / f"{name}.png").write_bytes(data)
    masks = {"other": ((64, 64), 255), "empty": ((192, 128), 0), "full": ((192, 128), 255)}
    for name, (size, value) in masks.items():
        Image.new("L", size, value).save(folder / f"{name}.png")
    return {"scene": scene, "missing": folder / "missing.png"} | {
        name: folder / f"{name}.png" for name in (*files, *masks)
    }


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--image", "missing"], "missing.png cannot be read"),
        (["--image", "truncated"], "cut off or damaged"),
        (["--image", "text"], "no picture"),
        (["--image", "dot"], "only 1 x 1 pixels"),
        (["--image", "line"], "too long and thin"),
        (["--image", "bomb"], "too many pixels"),
        (["--image", "scene", "--strength", "0"], "strength of 0"),
        (["--image", "scene", "--strength", "1.5"], "strength of 1.5"),
        (["--image", "scene", "--mask", "other"], "64 x 64 pixels and the picture 192 x 128"),
        (["--image", "scene", "--mask", "empty"], "black all over"),
        (["--image", "scene", "--mask", "full"], "keeps nothing"),
        (["--image", "scene", "--mask", "missing"], "missing.png cannot be read"),
        (["--mask", "scene"], "--image"),
        (["--strength", "0.5"], "--image"),
        (["--freeze", "scene"], "carries no recipe"),
        (["--freeze", "text"], "not a picture"),
    ],
)
def test_a_bad_picture_is_one_sentence(
    run: CliRunner, bad_pictures: dict[str, Path], options: list[str], said: str
) -> None:
    given = [str(bad_pictures.get(each, each)) for each in options]
    done = run.invoke(darkroom.app, ["imagine", "a tree", *given])
    assert done.exit_code == 1
    assert len(done.stderr.strip().splitlines()) == 1
    assert said in done.stderr


@pytest.mark.parametrize("kind", ["cmyk.jpg", "animated.webp"])
def test_unusual_pictures_are_converted(
    worker: None, home: Path, run: CliRunner, tmp_path: Path, kind: str
) -> None:
    scene, file = Image.open(a_scene(tmp_path)), str(tmp_path / kind)
    if kind == "cmyk.jpg":
        scene.convert("CMYK").save(file)
    else:
        scene.save(file, save_all=True, append_images=[Image.new("RGB", scene.size, "red")], lossless=True)
    options = ["--image", file, "--strength", "0.01", "--size", "192x128"]
    (path,) = run.invoke(darkroom.app, ["imagine", "a red circle over the sea", *options]).stdout.split()
    made = np.asarray(Image.open(home / path)).astype(int)
    assert np.abs(made - np.asarray(scene)).mean() < 25, "the first frame, in its own colours"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["imagine", ""], "prompt"),
        (["imagine", "a naked woman"], "nudity"),
        (["imagine", "a tree", "--policy", "lax"], "lax"),
        (["check-picture", "nothing.png"], "nothing.png"),
        (["inspect", "nothing.png"], "nothing.png"),
        (["describe", "nothing.png"], "nothing.png cannot be read"),
        (["describe", darkroom.__file__], "darkroom.py: "),
        (["up"], "DARKROOM_DISCORD_TOKEN"),
    ],
)
def test_what_cannot_be_done_is_one_line(run: CliRunner, arguments: list[str], said: str) -> None:
    done = run.invoke(darkroom.app, arguments)
    assert done.exit_code == 1
    assert len(done.stderr.strip().splitlines()) == 1
    assert said in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["--size", "huge"],
        ["--steps", "0"],
        ["--sampler", "magic"],
        ["--count", "9"],
        ["--quality", "best"],
        ["--count", "5", "--best-of", "8"],
    ],
)
def test_wrong_numbers_are_named(worker: None, run: CliRunner, arguments: list[str]) -> None:
    done = run.invoke(darkroom.app, ["imagine", "a tree", *arguments])
    assert done.exit_code == 1
    assert len(done.stderr.strip().splitlines()) == 1
    assert "see darkroom imagine --help" in done.stderr


def test_wrong_usage_is_exit_status_two(run: CliRunner) -> None:
    assert run.invoke(darkroom.app, ["imagine"]).exit_code == 2
    assert run.invoke(darkroom.app, ["paint"]).exit_code == 2


def test_a_wrong_setting_is_named(run: CliRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DARKROOM_REDIS_URL", "http://example.org")
    done = run.invoke(darkroom.app, ["imagine", "a tree"])
    assert done.exit_code == 1
    assert "DARKROOM_REDIS_URL" in done.stderr


def test_prompts_are_judged_line_by_line(run: CliRunner) -> None:
    done = run.invoke(
        darkroom.app, ["check-prompt", "-", "--json"], input="a red circle\na naked woman\n\nEssex\n"
    )
    verdicts = [json.loads(line) for line in done.stdout.splitlines()]
    assert [verdict["verdict"] for verdict in verdicts] == ["allow", "block", "block", "allow"]
    assert verdicts[1]["reasons"][0]["rule"] == "sexual"
    assert set(verdicts[1]["reasons"][0]) == {"rule", "matched", "explanation"}


def test_a_prompt_is_explained(run: CliRunner) -> None:
    prompt = "a (red:1.3) [house|boat] BREAK over the sea AND a star:0.5"
    answer = json.loads(run.invoke(darkroom.app, ["explain", prompt, "--steps", "4", "--json"]).stdout)
    assert answer["refused"] is None
    first, second = answer["moments"]
    assert (first["steps"], second["steps"]) == ([1, 3], [2, 4])
    assert [branch["weight"] for branch in first["branches"]] == [1, 0.5]
    before, after = first["branches"][0]["sections"]
    assert {"text": "red", "weight": 1.3} in before["words"]
    assert (before["tokens"], after["tokens"]) == (3, 3)

    shown = run.invoke(darkroom.app, ["explain", prompt, "--steps", "4"]).stdout.splitlines()
    assert shown[0] == "steps 1, 3"
    assert shown[1].startswith("a red 1.30 house")
    assert shown[2].startswith("BREAK over the sea  3 tokens, 1 chunk")
    assert shown[3] == "AND"


@pytest.mark.parametrize(
    ("prompt", "sentence"),
    [("a <lora:ink:1>", "no LoRA called ink"), (" AND ".join("abcdefghi"), "more than 8 prompts")],
)
def test_what_cannot_be_drawn_is_refused_and_explained(run: CliRunner, prompt: str, sentence: str) -> None:
    assert sentence in " ".join(run.invoke(darkroom.app, ["explain", prompt]).stdout.split())
    done = run.invoke(darkroom.app, ["imagine", prompt])
    assert done.exit_code == 1
    assert sentence in done.stderr


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


def test_a_picture_without_recipe_says_so(run: CliRunner, tmp_path: Path) -> None:
    Image.new("RGB", (8, 8)).save(tmp_path / "plain.png")
    done = run.invoke(darkroom.app, ["inspect", str(tmp_path / "plain.png")])
    assert done.exit_code == 1
    assert "carries no recipe" in done.stderr


def test_a_worker_is_given_no_secret(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DARKROOM_DISCORD_TOKEN", "a secret")
    monkeypatch.setenv("DARKROOM_DATABASE_URL", "postgresql://user:secret@host/base")
    before = set(psutil.Process().children())
    with darkroom._worker_process(Settings(home=home), keep=False):
        (child,) = set(psutil.Process().children()) - before
        environment = child.environ()
    assert environment["DARKROOM_HOME"] == str(home)
    assert not set(environment) & {"DARKROOM_DISCORD_TOKEN", "DARKROOM_DATABASE_URL"}


def test_the_doctor_finds_a_fresh_machine_fine(run: CliRunner) -> None:
    done = run.invoke(darkroom.app, ["doctor", "--json"])
    checks = {check["part"]: check for check in map(json.loads, done.stdout.splitlines())}
    assert done.exit_code == 0, done.stdout
    parts = ("data folder", "Redis", "database", "pictures", "checkpoint pocket", "nudity detector")
    assert [checks[part]["state"] for part in parts] == ["fine"] * 6
    assert checks["Discord"]["state"] == "note"


def test_the_doctor_names_broken_checkpoints(run: CliRunner, home: Path) -> None:
    folder = home / "checkpoints"
    folder.mkdir()
    (folder / "old.ckpt").write_bytes(b"\x80\x04")
    (folder / "half.safetensors").write_bytes(b"\xff" * 100)
    try:
        done = run.invoke(darkroom.app, ["doctor", "--json"])
    finally:
        (folder / "old.ckpt").unlink()
        (folder / "half.safetensors").unlink()
        folder.rmdir()
    checks = {check["part"]: check for check in map(json.loads, done.stdout.splitlines())}
    assert done.exit_code == 1
    assert checks["checkpoint old"]["state"] == checks["checkpoint half"]["state"] == "broken"
    assert "old.ckpt" in checks["checkpoint old"]["says"]
    assert "half.safetensors" in checks["checkpoint half"]["says"]
    assert checks["checkpoint pocket"]["state"] == "fine"


async def test_the_doctor_looks_at_discord(home: Path) -> None:
    from pydantic import SecretStr

    from bot.doctor import examine_discord
    from storage.settings import BotSettings

    async with DiscordEmulator() as emulator:
        with emulator.redirect():
            guild = emulator.guild("Studio")
            guild.channel("open")
            guild.channel("closed").deny(guild.me, "attach_files")
            right = BotSettings(home=home, discord_token=SecretStr(emulator.token))
            checks = {check.part: check for check in await examine_discord(right)}
            wrong = BotSettings(home=home, discord_token=SecretStr("wrong"))
            (refused,) = await examine_discord(wrong)
        assert emulator.unknown_requests == []
    assert "oauth2/authorize" in checks["invite link"].says
    assert checks["server Studio"].says == "cannot post in #closed (Attach Files)"
    assert refused.state == "broken"
    assert "token is wrong" in refused.says
