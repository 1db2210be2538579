"""The command line, as an operator types it."""

from __future__ import annotations

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
from typer.testing import CliRunner

import darkroom
from gpuworker.pocket.world.drawing import draw
from gpuworker.pocket.world.scene import Figure, Scene
from storage.embedded_redis import EmbeddedRedis
from storage.jobs import Noise, Sampler
from storage.recipe import Recipe
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
    recipe = read_recipe((home / answers[0]["files"][0]).read_bytes())
    assert recipe is not None
    assert recipe.model_dump(mode="json") == answers[0]["recipes"][0]
    assert recipe.noise.seed == 3


def test_count_and_size_are_obeyed(worker: None, home: Path, run: CliRunner) -> None:
    arguments = ["imagine", "a tree", "--count", "3", "--size", "96x64", "--steps", "2", "--out", "many"]
    done = run.invoke(darkroom.app, arguments)
    paths = [home / line for line in done.stdout.split()]
    assert [Image.open(path).size for path in paths] == [(96, 64)] * 3


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["imagine", ""], "prompt"),
        (["imagine", "a naked woman"], "nudity"),
        (["imagine", "a tree", "--policy", "lax"], "lax"),
        (["check-picture", "nothing.png"], "nothing.png"),
        (["inspect", "nothing.png"], "nothing.png"),
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
    [["--size", "huge"], ["--steps", "0"], ["--sampler", "magic"], ["--count", "9"], ["--quality", "best"]],
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
