"""Files of other programs for a notebook: A1111's styles.csv, and lists of what a wildcard may become."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator

from moderation.prompt_form import PROMPT_LIMIT
from moderation.scripts import MARKS
from moderation.told import Told
from tasks.notebook import LONGEST_NAME, MOST_OPTIONS, Entry, Kind, NotebookError, composed, key, named

MOST_ENTRIES = 200
"""Entries that one file brings."""


def read_styles(data: bytes) -> list[Entry]:
    """Read A1111's styles.csv: a name, a prompt and a negative prompt on each line. Raises NotebookError.

    A style without both is a heading there, and left out. What spreadsheets make of such a file is read, too.
    """
    text = _decoded(data)
    first = next(iter(text.splitlines()), "")
    table = csv.DictReader(
        io.StringIO(text, newline=""), delimiter=next((sign for sign in ",;\t" if sign in first), ",")
    )
    try:
        table.fieldnames = [column.strip().casefold() for column in table.fieldnames or ()]
        if not {"name", "prompt"} <= set(table.fieldnames):
            raise NotebookError(_NO_TABLE)
        rows = list(table)
    except csv.Error as error:
        raise NotebookError(_NO_TABLE) from error
    styles = [
        Entry(
            kind=Kind.STYLE,
            name=_plain(row["name"] or ""),
            text=_line(row["prompt"] or ""),
            negative=_line(row.get("negative_prompt") or ""),
        )
        for row in rows
    ]
    _refuse_more(len(styles), MOST_ENTRIES)
    read = [named(style) for style in styles if style.name and style.texts]
    if not read:
        raise NotebookError(Told("The file has no styles: each needs a name and a prompt."))
    return list(_told_apart(read))


def _told_apart(entries: list[Entry]) -> Iterator[Entry]:
    """Give entries whose names differ: those of another program may differ by signs that names lack here."""
    taken = set[str]()
    for entry in entries:
        name, number = entry.name, 1
        while key(name) in taken:
            number += 1
            end = f"-{number}"
            name = entry.name[: LONGEST_NAME - len(end)] + end
        taken.add(key(name))
        yield entry.model_copy(update={"name": name})


def read_wildcards(data: bytes, name: str) -> Entry:
    """Read a wildcard file: an option on each line, and comments behind `#`. Raises NotebookError."""
    options = [_line(line.split("#")[0]) for line in _decoded(data).splitlines()]
    options = [option for option in options if option]
    _refuse_more(len(options), MOST_OPTIONS)
    return named(Entry(kind=Kind.WILDCARD, name=_plain(name), options=tuple(options)))


_NO_TABLE = Told("The file has no columns name and prompt, as styles.csv of A1111 has.")
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


def _decoded(data: bytes) -> str:
    try:
        return data.decode("utf-16" if data.startswith(_UTF_16) else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise NotebookError(Told("The file is no text in UTF-8: please save it so.")) from error


def _refuse_more(count: int, most: int) -> None:
    if count > most:
        raise NotebookError(
            Told(
                "The file has {count} lines, and {most} is the most: please split it.", count=count, most=most
            )
        )


def _line(text: str) -> str:
    line = " ".join(text.split())
    if len(line) > PROMPT_LIMIT:
        raise NotebookError(
            Told("A line has more than {most} characters: please shorten it.", most=PROMPT_LIMIT)
        )
    return line


def _plain(name: str) -> str:
    """Give a name of another program's in letters that names have here."""
    return re.sub(rf"[^\w{MARKS}/-]+", "-", composed(name).strip()).strip("-_/")[:LONGEST_NAME].rstrip("-_/")
