"""Signs of life: who works, who hangs, and who is gone."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from storage.heartbeat import Heartbeat, silent_for


def only_sign(home: Path) -> Path:
    (file,) = (home / "heartbeats").iterdir()
    return file


def grow_old(file: Path, seconds: float) -> None:
    written = file.stat().st_mtime - seconds
    os.utime(file, (written, written))


def test_whoever_beats_is_heard_and_whoever_leaves_is_not(tmp_path: Path) -> None:
    heartbeat = Heartbeat(tmp_path, "worker")
    assert silent_for(tmp_path, "worker") is None
    heartbeat.beat()
    silence = silent_for(tmp_path, "worker")
    assert silence is not None
    assert silence < 5
    assert silent_for(tmp_path, "bot") is None
    heartbeat.end()
    assert silent_for(tmp_path, "worker") is None


def test_one_loop_of_several_that_hangs_silences_all(tmp_path: Path) -> None:
    heartbeat = Heartbeat(tmp_path, "bot", loops=2)
    heartbeat.beat("delivery")
    heartbeat.beat("upkeep")
    grow_old(only_sign(tmp_path), 100)
    for _ in range(5):
        heartbeat.beat("upkeep")
    silence = silent_for(tmp_path, "bot")
    assert silence is not None
    assert silence > 99
    heartbeat.beat("delivery")
    silence = silent_for(tmp_path, "bot")
    assert silence is not None
    assert silence < 5


def test_of_two_workers_the_one_that_hangs_counts(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        Heartbeat(tmp_path, "worker").beat()
        ours = only_sign(tmp_path)
        theirs = ours.with_name(ours.name.replace(str(os.getpid()), str(other.pid)))
        theirs.touch()
        grow_old(theirs, 100)
        silence = silent_for(tmp_path, "worker")
        assert silence is not None
        assert silence > 99
        other.kill()
    silence = silent_for(tmp_path, "worker")
    assert silence is not None
    assert silence < 5, "who is gone does not count"
    assert not theirs.exists()


def test_a_disk_that_is_full_or_closed_stops_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "touch", full)
    heartbeat = Heartbeat(tmp_path, "bot")
    heartbeat.beat()
    heartbeat.end()
