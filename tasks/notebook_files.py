"""Files of other programs for a notebook: A1111's styles.csv, and lists of what a wildcard may become."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from moderation.prompt_form import malformed
from moderation.scripts import MARKS
from moderation.told import Told, told_of
from tasks.notebook import LONGEST_NAME, MOST_OPTIONS, Entry, Kind, NotebookError, composed, key, named

MOST_ENTRIES = 200
"""Entries that one file brings."""


class Read(NamedTuple):
    """What a file brings, and for each of its lines that is left out a sentence that says why."""

    entries: list[Entry]
    left_out: list[Told]


def read_styles(data: bytes) -> Read:
    """Read A1111's styles.csv: a name, a prompt and a negative prompt on each line. Raises NotebookError.

    A style without both is a heading there, and left out. What spreadsheets make of such a file is read, too.
    Of a row that makes no sense it is said why, and the others are read.
    """
    lines = list(io.StringIO(_decoded(data), newline=""))
    # Spreadsheets save an empty row as nothing but commas.
    head = next((place for place, line in enumerate(lines) if line.strip(" ,;\t\r\n")), None)
    if head is None or len(lines[head]) > csv.field_size_limit():
        raise NotebookError(_NO_TABLE)
    delimiter = next((sign for sign in ",;\t" if sign in lines[head]), ",")
    columns = [cell.strip().casefold() for cell in next(csv.reader([lines[head]], delimiter=delimiter))]
    if not {"name", "prompt"} <= set(columns):
        raise NotebookError(_NO_TABLE)
    rows = list(_rows(lines, head + 1, delimiter, len(columns)))
    _refuse_more(len(rows), MOST_ENTRIES)
    read, left_out = list[Entry](), list[Told]()
    for line, row in rows:
        cells = dict(zip(columns, row, strict=False)) if isinstance(row, list) else {}
        name = " ".join(cells.get("name", "").split())
        try:
            if isinstance(row, Told):
                raise NotebookError(row)
            if any(map(str.strip, row[len(columns) :])):
                raise NotebookError(_TOO_WIDE)
            if style := _style(name, cells):
                read.append(style)
        except NotebookError as error:
            left_out.append(_of_line(line, _plain(name), error))
    if not read and not left_out:
        raise NotebookError(Told("The file has no styles: each needs a name and a prompt."))
    return Read(list(_told_apart(read)), left_out)


def _style(name: str, cells: Mapping[str, str]) -> Entry | None:
    """Make a style of a row, None of a heading. Raises NotebookError."""
    text, negative = (_line(cells.get(column, "")) for column in ("prompt", "negative_prompt"))
    if not text and not negative:
        return None
    return named(Entry(kind=Kind.STYLE, name=_plain(name) or name, text=text, negative=negative))


def _rows(lines: list[str], start: int, delimiter: str, width: int) -> Iterator[tuple[int, list[str] | Told]]:
    """Give the rows of a table with the lines that they begin in, a sentence for one that cannot be read.

    A quote that is not closed would take the next rows into its cell: whatever follows its line is read anew.
    """
    failed = 0
    while start < len(lines) and failed <= MOST_ENTRIES:
        begun, reader = start, csv.reader(lines[start:], delimiter=delimiter, strict=True)
        try:
            for row in reader:
                first, begun = begun, start + reader.line_num
                if len(row) != width and _takes_rows(lines[first + 1 : begun], delimiter, width):
                    begun = first
                    raise csv.Error("a row inside a cell")
                if row:
                    yield first + 1, row
            return
        except csv.Error:
            failed += 1
            too_long = len(lines[begun]) > csv.field_size_limit()
            yield begun + 1, _TOO_LONG if too_long else _UNPAIRED
            start = begun + 1


def _takes_rows(inside: list[str], delimiter: str, width: int) -> bool:
    """Say whether lines that stand inside of a row look like rows of their own."""
    return any(line.count(delimiter) >= width - 1 for line in inside)


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


def read_wildcards(data: bytes, name: str) -> Read:
    """Read a wildcard file: an option on each line, and comments behind a `#` apart. Raises NotebookError.

    Of an option that makes no sense it is said why, and the others are read.
    """
    options, left_out = list[str](), list[Told]()
    for place, line in enumerate(_decoded(data).splitlines(), start=1):
        try:
            options += filter(None, [_line(_COMMENT.split(line)[0])])
        except NotebookError as error:
            left_out.append(_of_line(place, "", error))
    _refuse_more(len(options) + len(left_out), MOST_OPTIONS)
    entry = Entry(kind=Kind.WILDCARD, name=_plain(name) or name, options=tuple(options))
    return Read([named(entry)] if options or not left_out else [], left_out)


def _of_line(line: int, name: str, error: NotebookError) -> Told:
    """Say of which line an error speaks."""
    why = told_of(error)
    if not name:
        return Told("Line {line}: {why}", line=line, why=why)
    return Told("Line {line}, {name}: {why}", line=line, name=name, why=why)


_NO_TABLE = Told("The file has no columns name and prompt, as styles.csv of A1111 has.")
_COMMENT = re.compile(r"^\s*#|\s#(?=\s|$)")
"""`C# player` and `player #1` have none."""
_UNPAIRED = Told('Its quotes are not in pairs. Inside of a text in quotes, please write each one twice: "".')
_TOO_WIDE = Told("It has more cells than the first line. Please put quotes around a text with commas.")
_TOO_LONG = Told("It is far too long for an entry.")
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
    """Give a text on one line. Raises NotebookError for what no entry may hold."""
    line = " ".join(text.split())
    if reason := malformed(line, Told("entry"), may_be_empty=True):
        raise NotebookError(reason.explanation)
    return line


def _plain(name: str) -> str:
    """Give a name of another program's in letters that names have here."""
    return re.sub(rf"[^\w{MARKS}/-]+", "-", composed(name).strip()).strip("-_/")[:LONGEST_NAME].rstrip("-_/")
