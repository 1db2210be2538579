"""`darkroom doctor`, as an operator types it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

import darkroom


def test_the_doctor_finds_a_fresh_machine_fine(run: CliRunner) -> None:
    done = run.invoke(darkroom.app, ["doctor", "--json"])
    checks = {check["part"]: check for check in map(json.loads, done.stdout.splitlines())}
    assert done.exit_code == 0, done.stdout
    parts = ("data folder", "Redis", "database", "pictures", "checkpoint pocket", "nudity detector")
    assert [checks[part]["state"] for part in parts] == ["fine"] * 6
    assert checks["Discord"]["state"] == "note"
    assert "DARKROOM_MEMORY" in checks["memory"]["says"]


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


def test_a_part_that_is_down_hides_no_other_part(
    run: CliRunner, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bot import doctor as bot_doctor
    from commands import doctor as command
    from storage.embedded_redis import RedisNotStarted

    def down(_: object) -> None:
        raise RedisNotStarted("The disk that holds it is full: make room and start again.")

    def strange(_: object) -> None:
        raise ZeroDivisionError("nobody\nforesaw this")

    monkeypatch.setattr(command, "redis_server", down)
    monkeypatch.setattr(bot_doctor, "examine_discord", strange)
    done = run.invoke(darkroom.app, ["doctor", "--json"])
    checks = [json.loads(line) for line in done.stdout.splitlines()]
    of = {check["part"]: check for check in checks}
    assert done.exit_code == 1
    assert [check["says"] for check in checks if check["part"] == "Redis"] == [
        "The disk that holds it is full: make room and start again."
    ]
    assert "nobody foresaw this" in of["Discord"]["says"]
    fine = ("data folder", "database", "pictures", "checkpoint pocket", "nudity detector")
    assert [of[part]["state"] for part in fine] == ["fine"] * 5
