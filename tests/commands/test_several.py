"""Commands that take several files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer

from commands.several import each_of
from commands.terminal import Refused


def answer(file: Path) -> None:
    if "bad" in file.name:
        raise Refused(f"{file} is bad.")
    if "odd" in file.name:
        raise ZeroDivisionError
    typer.echo(file.name)


def test_all_are_answered_and_the_refused_told(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit) as ended:
        each_of([Path("a"), Path("bad"), Path("c")], answer, as_json=True)
    assert ended.value.exit_code == 1
    said = capsys.readouterr()
    first, refused, last = said.out.splitlines()
    assert (first, last) == ("a", "c")
    assert json.loads(refused) == {"file": "bad", "error": "bad is bad."}
    assert said.err == "bad is bad.\n"


def test_a_single_one_is_refused_as_by_any_command() -> None:
    each_of([Path("a")], answer, as_json=False)
    with pytest.raises(Refused):
        each_of([Path("bad")], answer, as_json=False)


def test_what_nobody_foresaw_ends_it() -> None:
    with pytest.raises(ZeroDivisionError):
        each_of([Path("a"), Path("odd"), Path("c")], answer, as_json=False)
