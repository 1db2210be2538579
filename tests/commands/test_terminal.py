"""What every command does with what it cannot do."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

import darkroom


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


def test_wrong_usage_is_exit_status_two(run: CliRunner) -> None:
    assert run.invoke(darkroom.app, ["imagine"]).exit_code == 2
    assert run.invoke(darkroom.app, ["paint"]).exit_code == 2


def test_a_wrong_setting_is_named(run: CliRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DARKROOM_REDIS_URL", "http://example.org")
    done = run.invoke(darkroom.app, ["imagine", "a tree"])
    assert done.exit_code == 1
    assert "DARKROOM_REDIS_URL" in done.stderr


def test_what_a_terminal_cannot_show_is_no_reason_to_show_nothing(tmp_path: Path) -> None:
    done = _piped(tmp_path, "explain", "日本 é", encoding="latin-1")
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.decode("latin-1").startswith("?? é  ")


@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
def test_bytes_that_are_no_text_are_judged_line_by_line(tmp_path: Path, encoding: str) -> None:
    done = _piped(tmp_path, "check-prompt", "-", encoding=encoding, typed=b"caf\xe9\na boat\n")
    first, second = done.stdout.splitlines()
    assert first.startswith(b"block: malformed (U+DCE9)")
    assert second == b"allow"


def test_standard_input_that_is_closed_is_a_sentence(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "darkroom", "check-prompt", "-"]
    environment = {**os.environ, "DARKROOM_HOME": str(tmp_path)}
    done = subprocess.run(
        ["sh", "-c", 'exec "$@" <&-', "sh", *command], env=environment, capture_output=True, check=False
    )
    assert (done.returncode, done.stdout) == (1, b"")
    assert done.stderr == b"There is nothing to read: standard input is closed.\n"


def _piped(
    home: Path, *arguments: str, encoding: str, typed: bytes = b""
) -> subprocess.CompletedProcess[bytes]:
    environment = {**os.environ, "DARKROOM_HOME": str(home), "PYTHONIOENCODING": encoding}
    command = [sys.executable, "-m", "darkroom", *arguments]
    return subprocess.run(command, env=environment, input=typed, capture_output=True, check=False)


def test_no_token_is_no_token_that_discord_refused(run: CliRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DARKROOM_DISCORD_TOKEN", "")
    done = run.invoke(darkroom.app, ["bot"])
    assert done.exit_code == 1
    assert done.stderr.splitlines()[-1] == "No token: set DARKROOM_DISCORD_TOKEN to your bot's token."
