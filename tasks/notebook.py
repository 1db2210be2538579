"""A member's own lexicon: phrases, styles and wildcards, and what prompts that name them become.

`$name` stands for a phrase or a style, and `__name__` takes one of a wildcard's options. A style has a place
for the rest of the prompt, `{prompt}`; without one it follows the rest. What comes out is an ordinary prompt:
it is what is judged, and what stands in the recipe.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from random import Random
from typing import Annotated

from pydantic import Field, StringConstraints

from moderation.prompt_form import PROMPT_LIMIT, malformed
from moderation.scripts import MARKS
from moderation.told import Told
from storage.values import Travelling

MOST_OPTIONS = 2000
"""Options of a wildcard."""
MOST_ENTRIES = 200
"""Entries that one file brings."""
_DEEPEST = 8
"""Entries inside entries."""
_MOST_PUT = 500
"""Entries that one prompt takes with all that they name: a few that name each other often would never end."""
_PLACE = "{prompt}"
_LONGEST_NAME = 48
_NAME = re.compile(rf"[^\W_][\w{MARKS}/-]{{0,{_LONGEST_NAME - 1}}}")
_NAMED = re.compile(
    rf"(?<![\w{MARKS}$\\])\$(?P<name>[^\W_][\w{MARKS}/-]*)|(?<!\w)__(?P<wild>[^\W_][\w{MARKS}/-]*?)__(?!\w)"
)
Text = Annotated[str, StringConstraints(max_length=PROMPT_LIMIT)]


class NotebookError(ValueError):
    """An entry, or a prompt that names one, makes no sense; the message is a sentence."""


class Kind(StrEnum):
    """What an entry is."""

    PHRASE = "phrase"
    STYLE = "style"
    WILDCARD = "wildcard"


class Entry(Travelling):
    """An entry. `text` is a phrase's or a style's, `options` are a wildcard's.

    A style may have a `negative` prompt, and say how it is drawn, in the words of `/imagine`'s options.
    """

    kind: Kind
    name: str
    text: Text = ""
    negative: Text = ""
    options: Annotated[tuple[Text, ...], Field(max_length=MOST_OPTIONS)] = ()
    size: str | None = None
    quality: str | None = None
    imagination: str | None = None

    @property
    def sign(self) -> str:
        """Give what names the entry in a prompt."""
        return f"__{self.name}__" if self.kind is Kind.WILDCARD else f"${self.name}"

    @property
    def texts(self) -> tuple[str, ...]:
        """List all that it can put into a prompt."""
        return tuple(filter(None, (self.text, self.negative, *self.options)))


class Expanded(Travelling):
    """What a prompt became, its negative prompt, and the styles that it named, the first one first."""

    prompt: str
    negative: str
    styles: tuple[Entry, ...] = ()


Lexicon = Mapping[str, Entry]
"""Entries by their names in lower case."""


def named(entry: Entry) -> Entry:
    """Give an entry, its name and texts checked. Raises NotebookError."""
    entry = entry.model_copy(update={"name": _composed(entry.name)})
    if not _NAME.fullmatch(entry.name):
        raise NotebookError(
            Told(
                "{name} is no name for an entry: it takes up to 48 letters, digits, - and _.",
                name=entry.name[:48] or "-",
            )
        )
    if not entry.texts:
        raise NotebookError(Told("The entry {name} is empty: please give it some words.", name=entry.name))
    for text in entry.texts:
        if reason := malformed(text.replace(_PLACE, "x"), Told("entry")):
            raise NotebookError(reason.explanation)
    inside = (found for text in entry.texts for found in _NAMED.finditer(text))
    if any((found["name"] or found["wild"]).casefold() == entry.name.casefold() for found in inside):
        raise NotebookError(_endless(entry.name))
    return entry


def _endless(name: str) -> Told:
    return Told("The entry {name} names itself, so it would never end: please leave that out.", name=name)


def names_any(*texts: str) -> bool:
    """Say whether one of the texts may name an entry."""
    return any(_NAMED.search(text) for text in texts)


def expand(prompt: str, negative: str, lexicon: Lexicon, seed: int) -> Expanded:
    """Put entries in the place of their names; `seed` decides what wildcards take.

    Raises NotebookError for a name that nobody wrote down, for entries that name each other in a circle, and
    for a prompt that becomes too long.
    """
    filling = _Filling(lexicon, Random(seed))
    wanted, unwanted = filling.prompt(prompt), filling.prompt(negative)
    for style in filling.styles:
        wanted = _styled(wanted, filling.inside(style, style.text))
        unwanted = _styled(unwanted, filling.inside(style, style.negative))
    for text, name in ((wanted, Told("prompt")), (unwanted, Told("negative prompt"))):
        if len(text) > PROMPT_LIMIT:
            raise NotebookError(
                Told(
                    "With what your notebook puts in, the {name} has {length:,} characters; {most:,} is the "
                    "most. Please shorten it.",
                    name=name,
                    length=len(text),
                    most=PROMPT_LIMIT,
                )
            )
    return Expanded(prompt=wanted, negative=unwanted, styles=tuple(filling.styles))


@dataclass
class _Filling:
    """Entries on their way into one prompt, and the styles that were named in it so far."""

    lexicon: Lexicon
    random: Random
    styles: list[Entry] = field(default_factory=list)
    _put: int = 0

    def prompt(self, text: str) -> str:
        """Fill in what a member typed; the styles that it names are taken out, and noted."""
        filled = self._filled(_composed(text), ())
        return _tidy(filled) if self.styles else filled

    def inside(self, style: Entry, text: str) -> str:
        """Fill in what a style says; a style that it names is not another one for the prompt."""
        self.styles, noted = [], self.styles
        filled = self._filled(text, (style.name.casefold(),))
        filled = _tidy(filled) if self.styles else filled
        self.styles = noted
        return filled

    def _filled(self, text: str, inside: tuple[str, ...]) -> str:
        return _bounded(_NAMED.sub(lambda found: self._of(found, inside), text))

    def _of(self, found: re.Match[str], inside: tuple[str, ...]) -> str:
        name = self._meant(found)
        if name is None:
            return found[0]
        if name.casefold() in inside or len(inside) >= _DEEPEST:
            raise NotebookError(_endless(name))
        self._put += 1
        if self._put > _MOST_PUT:
            raise NotebookError(
                Told(
                    "Your prompt names more than {most} entries of your notebook, with all that those name: "
                    "please let it name less.",
                    most=_MOST_PUT,
                )
            )
        entry, after = self.lexicon[name.casefold()], (found["name"] or "")[len(name) :]
        if entry.kind is Kind.STYLE:
            if entry not in self.styles:
                self.styles.append(entry)
            return after
        chosen = self.random.choice(entry.options) if entry.kind is Kind.WILDCARD else entry.text
        return self._filled(chosen, (*inside, name.casefold())) + after

    def _meant(self, found: re.Match[str]) -> str | None:
        """Give the name that is meant, None for what only looks like one. Raises NotebookError for no entry.

        Of `$knight/castle` it is what is written down: all of it, or the first part. `$5` is money where
        nothing is called so.
        """
        written, is_wild = found["name"] or found["wild"], found["wild"] is not None
        for name in (written,) if is_wild else _beginnings(written):
            entry = self.lexicon.get(name.casefold())
            if entry is not None and (entry.kind is Kind.WILDCARD) is is_wild:
                return name
        if written[0].isdecimal() and not is_wild:
            return None
        raise NotebookError(
            Told("There is no entry {sign} in your notebook: please see /notebook list.", sign=found[0])
        )


def _beginnings(name: str) -> Iterator[str]:
    """Give a name, and what it begins with up to each `/`, the longest first."""
    while name:
        yield name
        name = name.rpartition("/")[0]


def _styled(text: str, style: str) -> str:
    """Put a text into the place that a style has for it, or before what it says."""
    return style.replace(_PLACE, text) if _PLACE in style else _joined(text, style)


def _bounded(text: str) -> str:
    """Cut what is far too long already: entries inside entries multiply."""
    return text[: 20 * PROMPT_LIMIT]


def _tidy(text: str) -> str:
    """Close the gaps that styles leave when they are taken out."""
    return re.sub(r"\s*,(\s*,)+", ",", re.sub(r" {2,}", " ", text)).strip(" ,")


def _joined(one: str, other: str) -> str:
    return ", ".join(filter(None, (one.strip(" ,"), other.strip(" ,"))))


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
        while name.casefold() in taken:
            number += 1
            end = f"-{number}"
            name = entry.name[: _LONGEST_NAME - len(end)] + end
        taken.add(name.casefold())
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
    return (
        re.sub(rf"[^\w{MARKS}/-]+", "-", _composed(name).strip()).strip("-_/")[:_LONGEST_NAME].rstrip("-_/")
    )


def _composed(text: str) -> str:
    """Write letters with their marks as one character each: files of a Mac have them apart."""
    return unicodedata.normalize("NFC", text)
