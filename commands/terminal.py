"""What every command says to the terminal."""

from __future__ import annotations

from typing import Annotated, NoReturn

import typer
from rich.console import Console

out, err = Console(highlight=False), Console(stderr=True, highlight=False)

Json = Annotated[bool, typer.Option("--json", help="Answer in JSON.")]


def fail(sentence: str) -> NoReturn:
    """End with exit status 1 and one line that says why."""
    typer.echo(" ".join(sentence.split()), err=True)
    raise typer.Exit(1)
