"""`darkroom --version`."""

from __future__ import annotations

import tomllib
from pathlib import Path

from typer.testing import CliRunner

import darkroom


def test_the_version_is_that_of_the_package(run: CliRunner) -> None:
    project = tomllib.loads(Path(darkroom.__file__).with_name("pyproject.toml").read_text())["project"]
    done = run.invoke(darkroom.app, ["--version"])
    assert (done.exit_code, done.stdout) == (0, f"darkroom {project['version']}\n")
