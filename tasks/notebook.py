"""A member's own lexicon: phrases, styles and wildcards, and what prompts that name them become.

`$name` stands for a phrase or a style, and `__name__` takes one of a wildcard's options. A style has a place
for the rest of the prompt, `{prompt}`; without one it follows the rest. What comes out is an ordinary prompt:
it is what is judged, and what stands in the recipe.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from enum import StrEnum
from random import Random
from typing import Annotated

from pydantic import Field, StringConstraints

from moderation.prompt_form import PROMPT_LIMIT, malformed
from moderation.told import Told
from storage.values import Travelling

MOST_OPTIONS = 2000
"""Options of a wildcard."""
MOST_ENTRIES = 200
"""Entries that one file brings."""
_DEEPEST = 8
"""Entries inside entries."""
_PLACE = "{prompt}"
_NAME = re.compile(r"[^\W_][\w/-]{0,47}")
_NAMED = re.compile(r"(?<![\w$\\])\$(?P<name>[^\W\d_][\w-]*)|(?<!\w)__(?P<wild>[^\W_][\w/-]*?)__(?!\w)")
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
    random, styles = Random(seed), list[Entry]()
    wanted = _filled(prompt, lexicon, random, styles, ())
    unwanted = _filled(negative, lexicon, random, styles, ())
    for style in styles:
        text = _filled(style.text, lexicon, random, [], (style.name.casefold(),))
        wanted = text.replace(_PLACE, wanted) if _PLACE in text else _joined(wanted, text)
        unwanted = _joined(unwanted, _filled(style.negative, lexicon, random, [], (style.name.casefold(),)))
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
    return Expanded(prompt=wanted, negative=unwanted, styles=tuple(styles))


def _filled(text: str, lexicon: Lexicon, random: Random, styles: list[Entry], inside: tuple[str, ...]) -> str:
    """Fill a text in; the styles that it names are taken out, and noted."""

    def put(found: re.Match[str]) -> str:
        name = (found["name"] or found["wild"]).casefold()
        entry = lexicon.get(name)
        if entry is None or (entry.kind is Kind.WILDCARD) is not (found["wild"] is not None):
            raise NotebookError(
                Told("There is no entry {sign} in your notebook: please see /notebook list.", sign=found[0])
            )
        if name in inside or len(inside) >= _DEEPEST:
            raise NotebookError(_endless(name))
        if entry.kind is Kind.STYLE:
            if entry not in styles:
                styles.append(entry)
            return ""
        chosen = random.choice(entry.options) if entry.kind is Kind.WILDCARD else entry.text
        return _filled(chosen, lexicon, random, styles, (*inside, name))

    filled = _bounded(_NAMED.sub(put, text))
    return _tidy(filled) if styles else filled


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

    A style without both is a heading there, and left out.
    """
    try:
        rows = list(csv.DictReader(io.StringIO(_decoded(data), newline="")))
    except csv.Error as error:
        raise NotebookError(_NO_TABLE) from error
    if not rows or not {"name", "prompt"} <= rows[0].keys():
        raise NotebookError(_NO_TABLE)
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
    return [named(style) for style in styles if style.name and style.texts]


def read_wildcards(data: bytes, name: str) -> Entry:
    """Read a wildcard file: an option on each line, and comments behind `#`. Raises NotebookError."""
    options = [_line(line.split("#")[0]) for line in _decoded(data).splitlines()]
    options = [option for option in options if option]
    _refuse_more(len(options), MOST_OPTIONS)
    return named(Entry(kind=Kind.WILDCARD, name=_plain(name), options=tuple(options)))


_NO_TABLE = Told("The file has no columns name and prompt, as styles.csv of A1111 has.")


def _decoded(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
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
    return re.sub(r"[^\w/-]+", "-", name.strip()).strip("-_/")[:48]
