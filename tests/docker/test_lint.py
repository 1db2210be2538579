"""What the linters of the field say of the files that ship."""

from __future__ import annotations

import re
import subprocess
import sys
from configparser import RawConfigParser, SectionProxy
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


UNITS = sorted((FOLDER / "systemd").iterdir())


def service_of(file: Path) -> SectionProxy:
    unit = RawConfigParser(strict=True)
    unit.optionxform = str  # type: ignore[assignment, method-assign]
    unit.read_string(file.read_text())
    return unit["Service"]


@pytest.mark.parametrize("file", UNITS, ids=lambda file: file.stem)
def test_the_manual_makes_whatever_a_unit_names(file: Path) -> None:
    service = service_of(file)
    manual = (FOLDER.parent / "docs" / "farm.md").read_text()
    typed = manual.partition("## Without containers")[2].partition("```sh\n")[2].partition("```")[0]
    settings, program = Path(service["EnvironmentFile"]), Path(service["ExecStart"].split()[0])
    home = service["Environment"].removeprefix("DARKROOM_HOME=")
    assert re.search(rf"useradd --system --home-dir {home} \S+ \S+ {service['User']}$", typed, re.MULTILINE)
    assert f"python3 -m venv {program.parents[1]}\n" in typed
    assert f"{program.parent}/pip install --constraint docker/constraints.txt .\n" in typed
    assert re.search(rf"install -m 600 .*\b{settings.name}\b.* {settings.parent}$", typed, re.MULTILINE)
    assert re.search(rf"enable --now .*\b{file.stem}\b", typed)


@pytest.mark.parametrize("file", UNITS, ids=lambda file: file.stem)
def test_a_unit_starts_a_command_that_there_is_without_rights_that_it_does_not_need(file: Path) -> None:
    service = service_of(file)
    program, *arguments = service["ExecStart"].split()
    assert Path(program).name == "darkroom"
    assert CliRunner().invoke(darkroom.app, [*arguments, "--help"]).exit_code == 0
    assert service["User"] != "root"
    assert service["NoNewPrivileges"] == "true"
    assert int(service["TimeoutStopSec"]) > 9
    assert service["StateDirectory"] == Path(service["Environment"]).name
