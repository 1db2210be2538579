"""The program around every command."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from commands.program import Program
from commands.terminal import Misused, Refused


@pytest.fixture
def app() -> typer.Typer:
    """A program whose commands end in each way."""
    app = typer.Typer(cls=Program)

    @app.command()
    def ends(how: str) -> None:
        match how:
            case "refused":
                raise Refused("It is\nrefused.")
            case "misused":
                raise Misused("Say it otherwise.")
            case "exit":
                raise typer.Exit(3)
            case "abort":
                raise typer.Abort
            case "interrupt":
                raise KeyboardInterrupt

    @app.command()
    def other() -> None:
        pass

    return app


@pytest.mark.parametrize(
    ("how", "status", "said"),
    [
        ("well", 0, ""),
        ("refused", 1, "It is refused.\n"),
        ("misused", 2, "Say it otherwise.\n"),
        ("exit", 3, ""),
        ("abort", 1, ""),
        ("interrupt", 130, ""),
    ],
)
def test_each_end_has_its_status(app: typer.Typer, how: str, status: int, said: str) -> None:
    done = CliRunner().invoke(app, ["ends", how])
    assert (done.exit_code, done.stdout, done.stderr) == (status, "", said)


def test_a_process_ends_as_the_program_says(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "darkroom", "imagine", "a tree", "--size", "banana"]
    environment = {**os.environ, "DARKROOM_HOME": str(tmp_path)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("'banana' is no size: choose square, portrait, landscape, wide, a ratio")
    assert len(done.stderr.splitlines()) == 1


def test_an_interrupt_amid_the_imports_ends_it_without_a_traceback() -> None:
    script = """if True:
        import os, signal, sys
        class Interrupts:
            def find_spec(name, path, target=None):
                if name == "commands.doctor":
                    os.kill(os.getpid(), signal.SIGINT)
        sys.meta_path.insert(0, Interrupts)
        import darkroom
        """
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (-signal.SIGINT, "", "")
