"""The farm that a command starts, and leaves as it was."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
import redis
from PIL import Image
from pydantic import SecretStr

from commands.farm import farm
from commands.terminal import Refused
from gpuworker.checkpoints.errors import CheckpointError
from storage.farm import WorkerCard, announce
from storage.served import ServedCheckpoint, remember_missing
from storage.settings import Settings
from storage.signing import signer_for


@pytest.mark.slow
def test_the_first_picture_needs_nothing_but_the_command(tmp_path: Path) -> None:
    done = shell(tmp_path, "imagine", "a red circle over the sea", "--out", str(tmp_path / "pictures"))
    assert done.returncode == 0, done.stderr
    (path,) = map(Path, done.stdout.split())
    assert path.parent == tmp_path / "pictures"
    assert Image.open(path).size == (128, 128)
    started = [process for process in psutil.process_iter() if str(tmp_path) in " ".join(_command(process))]
    assert started == [], "the command leaves nothing running"


def shell(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command as a process of its own."""
    environment = {**os.environ, "DARKROOM_HOME": str(home), "COLUMNS": "100"}
    command = [sys.executable, "-m", "darkroom", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=240, check=False)


def _command(process: psutil.Process) -> list[str]:
    try:
        return list(process.cmdline())
    except psutil.Error:
        return []


@pytest.mark.parametrize("elsewhere", [False, True])
def test_a_checkpoint_that_is_nowhere_is_refused_at_once(
    tmp_path: Path, connection: redis.Redis, redis_address: str, elsewhere: bool
) -> None:
    settings = Settings(home=tmp_path, redis_url=redis_address)
    if elsewhere:
        announce(connection, WorkerCard(name="far", checkpoints=("dreams", "pocket"), device="cpu", seats=1))
    began = time.monotonic()
    with pytest.raises((Refused, CheckpointError)) as refused, farm(settings, "pocket-9", []):
        pass
    assert time.monotonic() - began < 20
    named = ("pocket", "dreams") if elsewhere else ("pocket", "pocket-2", "pocket-xl")
    assert all(name in str(refused.value) for name in ("pocket-9", *named))


def test_a_farm_whose_workers_have_another_key_is_told_of_at_once(
    tmp_path: Path, connection: redis.Redis, redis_address: str
) -> None:
    theirs, ours = (
        Settings(home=tmp_path, redis_url=redis_address, queue_key=SecretStr(key))
        for key in ("t" * 32, "o" * 32)
    )
    key = signer_for(theirs).fingerprint
    card = WorkerCard(name="far", checkpoints=("pocket",), device="cpu", seats=1, key=key)
    announce(connection, card)
    remember_missing(connection, {"pocket": ServedCheckpoint(name="pocket", hash="ab" * 32, side=128)})
    without = Settings(home=tmp_path, redis_url=redis_address)
    for settings in (ours, without):
        with pytest.raises(Refused, match="set DARKROOM_QUEUE_KEY here"), farm(settings, "pocket", []):
            pass
    with farm(theirs, "pocket", []) as (_, served):
        assert served.name == "pocket"


def test_what_keeps_all_workers_from_taking_jobs_is_told_before_the_wait(
    tmp_path: Path, connection: redis.Redis, redis_address: str, capsys: pytest.CaptureFixture[str]
) -> None:
    announce(
        connection,
        WorkerCard(name="far", checkpoints=("pocket",), device="cpu", seats=1, ails="steps back"),
    )
    remember_missing(connection, {"pocket": ServedCheckpoint(name="pocket", hash="ab" * 32, side=128)})
    with farm(Settings(home=tmp_path, redis_url=redis_address), "pocket", []):
        assert "the worker far steps back" in capsys.readouterr().err


def test_a_folder_that_cannot_be_written_is_told_before_anything_is_started(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    settings = Settings(home=tmp_path / "home")
    with pytest.raises(Refused, match="is no folder"), farm(settings, "pocket", [tmp_path / "file"]):
        pass
    assert not settings.home.exists()
