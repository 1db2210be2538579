"""`darkroom alive`, as a health check calls it."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

import darkroom
from storage.heartbeat import SILENCE, Heartbeat


def test_the_exit_status_tells_who_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DARKROOM_HOME", str(tmp_path))
    run = CliRunner()
    none = run.invoke(darkroom.app, ["alive", "worker"])
    assert none.exit_code == 1
    assert none.stderr == f"No worker with the data folder {tmp_path} is at work on this machine.\n"
    heartbeat = Heartbeat(tmp_path, "worker")
    heartbeat.beat()
    fine = run.invoke(darkroom.app, ["alive", "worker"])
    assert fine.exit_code == 0
    assert fine.stdout == "The worker is at work: its last sign of life is 0 s old.\n"
    (sign,) = (tmp_path / "heartbeats").iterdir()
    long_ago = sign.stat().st_mtime - SILENCE - 15
    os.utime(sign, (long_ago, long_ago))
    hangs = run.invoke(darkroom.app, ["alive", "worker"])
    assert hangs.exit_code == 1
    said = re.match(r"The worker hangs: its last sign of life is (\d+) s old\.", hangs.stderr)
    assert said is not None
    assert 0 <= int(said[1]) - SILENCE - 15 < 60


def test_a_part_that_is_none_is_refused_with_the_choices() -> None:
    refused = CliRunner().invoke(darkroom.app, ["alive", "redis"])
    assert refused.exit_code == 2
    assert "bot" in refused.stderr
    assert "worker" in refused.stderr
