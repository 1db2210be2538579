"""What every command does with what it cannot do."""

from __future__ import annotations

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
