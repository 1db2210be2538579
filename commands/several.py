"""Commands that take several files: what is wrong with one does not stop the answers about the others."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import typer

from commands.refusals import sentence_of


def each_of(files: Sequence[Path], answer: Callable[[Path], None], as_json: bool) -> None:
    """Answer for each file. Ends with exit status 1 if one was refused, after all answers.

    A refusal among several files is reported in its place: on standard error, and with --json in a line of
    JSON.
    """
    refused = False
    for file in files:
        try:
            answer(file)
        except Exception as error:
            sentence = sentence_of(error)
            if sentence is None or len(files) == 1:
                raise
            refused = True
            if as_json:
                typer.echo(json.dumps({"file": str(file), "error": sentence}, ensure_ascii=False))
            typer.echo(sentence, err=True)
    if refused:
        raise typer.Exit(1)
