"""`darkroom models`, as an operator types it."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

import darkroom
from tests.gpuworker.models.hub import running_hub, write_registry


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    monkeypatch.setenv("DARKROOM_HOME", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.chdir(tmp_path)
    return CliRunner()


def test_the_list_says_what_is_here_how_large_and_under_which_licence(run: CliRunner) -> None:
    done = run.invoke(darkroom.app, ["models", "--json"])
    listed = {model["name"]: model for model in map(json.loads, done.stdout.splitlines())}
    assert listed["pocket"]["state"] == "here"
    assert listed["sd-1-5"]["state"] == "missing"
    assert listed["sd-1-5"]["bytes"] == 4265146304
    assert "RAIL" in listed["sd-1-5"]["licence"]
    table = run.invoke(darkroom.app, ["models"]).stdout
    rows = {line.split()[0]: line for line in table.splitlines() if line.strip()}
    assert "here" in rows["pocket"]
    assert "0.9 MB" in rows["pocket-figures"]
    assert "missing" in rows["sd-1-5"]
    assert "4.27 GB" in rows["sd-1-5"]
    assert "DARKROOM_MEMORY" not in table


def test_models_too_large_for_the_memory_are_named(run: CliRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DARKROOM_MEMORY", "6 GB")
    table = run.invoke(darkroom.app, ["models"]).stdout
    (line,) = (line for line in table.splitlines() if "DARKROOM_MEMORY" in line)
    assert "sdxl" in line
    assert "pocket" not in line


async def test_a_model_is_fetched_checked_and_found_when_it_changes(tmp_path: Path) -> None:
    """The whole command, with the switch of huggingface_hub that points it at another hub."""

    async def darkroom_models(*arguments: str) -> tuple[int | None, str, str]:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "darkroom", "models", *arguments),
            env={**os.environ, "DARKROOM_HOME": str(tmp_path), "HF_ENDPOINT": hub.url},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        out, err = await process.communicate()
        return process.returncode, out.decode(), err.decode()

    async with running_hub() as hub:
        hub.add("some/clip/config.json", b"{}")
        write_registry(
            tmp_path / "models.toml", "my-clip", ['"config.json" = {}'], kind="clip", hub="some/clip"
        )
        place = tmp_path / "models" / "my-clip"
        assert await darkroom_models("fetch", "my-clip") == (0, f"my-clip: {place}\n", "")
    assert (place / "config.json").read_bytes() == b"{}"
    assert (await darkroom_models("check", "my-clip"))[:2] == (0, "✓ my-clip: as published\n")
    (place / "config.json").write_text("{ }")
    status, told, _ = await darkroom_models("check")
    assert status == 1
    assert f"✗ my-clip: {place / 'config.json'} is not the published file" in told


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["fetch", "sd-15"], "'sd-15'"),
        (["fetch", "pocket"], "comes with Darkroom"),
        (["check", "sd-15"], "'sd-15'"),
    ],
)
def test_what_cannot_be_done_is_one_line(run: CliRunner, arguments: list[str], said: str) -> None:
    done = run.invoke(darkroom.app, ["models", *arguments])
    assert done.exit_code == 1
    assert len(done.stderr.strip().splitlines()) == 1
    assert said in done.stderr


def test_a_broken_registry_is_one_line(run: CliRunner, tmp_path: Path) -> None:
    (tmp_path / "models.toml").write_text("[mine]\n")
    done = run.invoke(darkroom.app, ["models"])
    assert done.exit_code == 1
    assert f"{tmp_path / 'models.toml'}, entry mine" in done.stderr


def test_the_command_line_starts_without_torch_or_the_hub() -> None:
    program = "import sys, darkroom; sys.exit(bool({'torch', 'huggingface_hub'} & set(sys.modules)))"
    subprocess.run([sys.executable, "-c", program], check=True)
