"""Containers under one host name are told apart, and what runs beside each other is not."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from storage import machine as module
from storage.machine import machine


def test_processes_that_are_numbered_together_are_on_one_machine() -> None:
    command = [sys.executable, "-c", "from storage.machine import machine; print(machine())"]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip() == machine()


@pytest.mark.parametrize("what", ["_BOOT", "_NUMBERS"])
def test_another_kernel_or_container_of_the_same_name_is_another_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, what: str
) -> None:
    here, other = machine(), tmp_path / "other"
    other.write_text("another boot")
    monkeypatch.setattr(module, what, other)
    assert machine() != here


def test_without_proc_it_is_the_host_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(module, "_BOOT", tmp_path / "nowhere")
    monkeypatch.setattr("socket.gethostname", lambda: "here")
    assert machine() == "here"
