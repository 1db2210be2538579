"""The worker that a command starts: what it is given, what it runs, and when it leaves."""

from __future__ import annotations

from pathlib import Path

import psutil
import pytest

from commands.worker_process import WorkerProcess
from storage.connection import connect
from storage.farm import workers
from storage.settings import Settings
from tests.gpuworker.fake_farm import until


def test_a_worker_is_given_no_secret(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DARKROOM_DISCORD_TOKEN", "a secret")
    monkeypatch.setenv("DARKROOM_DATABASE_URL", "postgresql://user:secret@host/base")
    before = set(psutil.Process().children())
    with WorkerProcess(Settings(home=home), keep=False):
        (child,) = set(psutil.Process().children()) - before
        environment = child.environ()
    assert environment["DARKROOM_HOME"] == str(home)
    assert not set(environment) & {"DARKROOM_DISCORD_TOKEN", "DARKROOM_DATABASE_URL"}


def test_a_worker_runs_nothing_that_lies_in_the_folder_where_one_stands(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    witness = tmp_path / "was-run"
    for name in ("six", "typer", "torch", "darkroom", "commands"):
        (tmp_path / f"{name}.py").write_text(f"open({str(witness)!r}, 'w')")
    monkeypatch.chdir(tmp_path)
    with WorkerProcess(Settings(home=home), keep=False, arguments=["--checkpoint", "pocket"]) as worker:
        connection = connect(Settings(home=home), patience=120)
        until(lambda: not worker.lives or workers(connection), 120)
        assert worker.lives
    assert not witness.exists()


def test_each_of_several_has_its_card_and_a_port_of_its_own(home: Path) -> None:
    before = set(psutil.Process().children())
    with WorkerProcess(Settings(home=home, metrics="0.0.0.0:9464"), keep=False, number=1, card="5"):
        (child,) = set(psutil.Process().children()) - before
        environment = child.environ()
    assert environment["DARKROOM_METRICS"] == "0.0.0.0:9466"
    assert environment["CUDA_VISIBLE_DEVICES"] == "5"
