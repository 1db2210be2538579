"""What the linters of the field say of the files that ship."""

from __future__ import annotations

import subprocess
import sys
from configparser import RawConfigParser
from pathlib import Path

import pytest
from typer.testing import CliRunner

import darkroom

FOLDER = Path(__file__).parents[2] / "docker"
BIN = Path(sys.executable).parent


def checked(*command: str | Path) -> None:
    done = subprocess.run([BIN / command[0], *command[1:]], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_hadolint_has_nothing_to_say_of_the_image() -> None:
    checked("hadolint", FOLDER / "Dockerfile")


def test_compose_files_are_as_the_specification_has_them() -> None:
    checked(
        "check-jsonschema", "--builtin-schema", "vendor.compose-spec", *sorted(FOLDER.glob("compose*.yaml"))
    )


@pytest.mark.parametrize("file", sorted((FOLDER / "systemd").iterdir()), ids=lambda file: file.stem)
def test_a_unit_starts_a_command_that_there_is_without_rights_that_it_does_not_need(file: Path) -> None:
    unit = RawConfigParser(strict=True)
    unit.optionxform = str  # type: ignore[assignment, method-assign]
    unit.read_string(file.read_text())
    service = unit["Service"]
    program, *arguments = service["ExecStart"].split()
    assert Path(program).name == "darkroom"
    assert CliRunner().invoke(darkroom.app, [*arguments, "--help"]).exit_code == 0
    assert service["User"] != "root"
    assert service["NoNewPrivileges"] == "true"
    assert int(service["TimeoutStopSec"]) > 9
    assert service["StateDirectory"] == Path(service["Environment"]).name
