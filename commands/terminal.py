"""What every command prints on the terminal, and how it refuses."""

from __future__ import annotations

import contextlib
import io
import sys
from collections.abc import Iterator
from typing import NoReturn, TextIO

from rich.console import Console

out, err = Console(highlight=False), Console(stderr=True, highlight=False)


def bear_any_text() -> None:
    """Print ? for signs that the terminal's encoding lacks, and read bytes that are no text as no text.

    Neither is a reason to say nothing at all.
    """
    for stream, errors in ((sys.stdout, "replace"), (sys.stderr, "replace"), (sys.stdin, "surrogateescape")):
        # A closed one is None, and tests have their own.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=errors)


def standard_input() -> TextIO:
    """Give standard input. Raises Refused if it is closed, as some services start programs."""
    # typeshed knows no closed one.
    stream: TextIO | None = sys.stdin
    if stream is None:
        fail("There is nothing to read: standard input is closed.")
    return stream


class Refused(Exception):
    """Something is not done; the message is a sentence that says why."""

    exit_status = 1


class Misused(Refused):
    """Something was asked for in a way that makes no sense; the message says how to ask for it."""

    exit_status = 2


class About(str):
    """A note on an exception: what it is about, to be put before its own sentence."""


class Written(About):
    """A note on an exception: what was being written when it was raised."""


@contextlib.contextmanager
def about(what: object, note: type[About] = About) -> Iterator[None]:
    """Note on whatever is raised in the block what it is about, such as the file that was being read."""
    try:
        yield
    except Exception as error:
        error.add_note(note(what))
        raise


def fail(sentence: str) -> NoReturn:
    """Raise Refused: the command ends with exit status 1."""
    raise Refused(sentence)


def misuse(sentence: str) -> NoReturn:
    """Raise Misused: the command ends with exit status 2."""
    raise Misused(sentence)
