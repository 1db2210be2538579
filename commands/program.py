"""The program around every command: it reads what is typed, and ends what cannot be done in one sentence."""

from __future__ import annotations

import json
import re
import sys
import traceback
from collections.abc import Sequence
from typing import Any

import typer
from typer.core import TyperGroup
from typer.exceptions import TyperException

from commands.refusals import sentence_of
from commands.terminal import Misused, Refused

_DASHES = re.compile(r"[—–](?=[a-z][a-z-]*(=.*)?\Z)", re.DOTALL)
"""The dash that phones and word processors make of two hyphens, before the name of an option."""


class Program(TyperGroup):
    """The group of all commands. It ends the process: 0 done, 1 refused or failed, 2 wrong usage."""

    INTERRUPTED = 130
    """What a shell says of a program that SIGINT ended."""

    def main(self, args: Sequence[str] | None = None, *more: Any, **extra: Any) -> Any:
        """Run what was typed."""
        typed = [_DASHES.sub("--", each) for each in (sys.argv[1:] if args is None else args)]
        try:
            status = super().main(typed, *more, **extra | {"standalone_mode": False, "prog_name": "darkroom"})
        except TyperException as error:
            status = _refuse_usage(error, typed)
        except Refused as error:
            status = _refuse(sentence_of(error) or str(error), typed, error.exit_status)
        except typer.Abort:
            status = Refused.exit_status
        except Exception as error:
            status = _end(error, typed)
        sys.exit(status if isinstance(status, int) else 0)


def _refuse_usage(error: TyperException, typed: Sequence[str]) -> int:
    from commands.usage import usage_sentence

    if type(error).__name__ == "NoArgsIsHelpError":
        # Whoever asks for nothing is shown what there is, which Typer has printed by now.
        return Misused.exit_status
    return _refuse(usage_sentence(error), typed, getattr(error, "exit_code", 2))


def _end(error: Exception, typed: Sequence[str]) -> int:
    """End with an error; for one that nobody foresaw, the traceback follows the sentence."""
    if sentence := sentence_of(error):
        return _refuse(sentence, typed, Refused.exit_status)
    name = f"{type(error).__name__}: {error}".strip(": ")
    _refuse(
        f"Something went wrong that nobody foresaw ({name}): please report it with what follows.", typed, 1
    )
    typer.echo("".join(traceback.format_exception(error)), err=True)
    return Refused.exit_status


def _refuse(sentence: str, typed: Sequence[str], status: int) -> int:
    """Print the sentence on standard error; with --json also on standard output, for programs."""
    line = " ".join(sentence.split())
    if "--json" in typed:
        typer.echo(json.dumps({"error": line}, ensure_ascii=False))
    typer.echo(line, err=True)
    return status
