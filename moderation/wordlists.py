"""The words of the rules, from `data/words`: one file a language, one section a list.

A section begins with its name in brackets; its terms are parted by commas and line breaks. Of a term say

- `*` at its end: any ending;
- `=` before it: only spelled with just these accents (Vietnamese `=vú`; without one it is another word);
- `?` before it: only spelled with its accents or where the words around it are of this language (Polish
  `?naga`; elsewhere a snake);
- `(a|b)` in it: either; `(a|)`: that or nothing.

Signs such as emoji stand in `signs.txt`. `[unless]` has lines such as `nipple*: bottle*, grease`: beside one
of these words a term is harmless. `[before]`, `[behind]` and
`[bare]` have such lines for what stands right beside it (`moderation.beside`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from itertools import product
from pathlib import PurePath
from typing import NamedTuple

from moderation import manifest

_SECTION = re.compile(r"\[(\w+)\]")
_COMMENT = re.compile(r"^#.*$", re.MULTILINE)
_CHOICE = re.compile(r"\(([^)]*)\)")


class Word(NamedTuple):
    """A term of a list, as a `Lexicon` takes it, and what it is bound to."""

    term: str
    language: str
    is_exact: bool = False
    """Whether the accents must be as they are in the term."""
    is_own: bool = False
    """Whether the words around it must be of its language, if its accents are not as in the term."""


@cache
def words(section: str) -> tuple[Word, ...]:
    """Give the terms of a section in all languages, each once a language; none if no language has it."""
    return tuple(
        dict.fromkeys(
            Word(written.lstrip("=?"), language, "=" in written[:2], "?" in written[:2])
            for language, sections in languages().items()
            for written in _terms(sections.get(section, ""))
        )
    )


def languages_by(key: Callable[[str], str], terms: Iterable[Word]) -> dict[str, frozenset[str]]:
    """Give for each term, as `key` writes it, the languages that have it."""
    found: dict[str, set[str]] = {}
    for word in terms:
        found.setdefault(key(word.term), set()).add(word.language)
    return {term: frozenset(spoken) for term, spoken in found.items()}


def terms_of(section: str) -> tuple[str, ...]:
    """Give the terms of a section in all languages, each once, but for signs."""
    return tuple(dict.fromkeys(word.term for word in words(section) if word.language != "signs"))


@cache
def contexts(section: str = "unless") -> dict[str, tuple[str, ...]]:
    """Give for each term that has some the words beside which it is harmless, as a section says."""
    found: dict[str, tuple[str, ...]] = {}
    for sections in languages().values():
        for line in sections.get(section, "").splitlines():
            written, _, around = line.partition(":")
            for term in _terms(written):
                found[term.lstrip("=?")] = found.get(term.lstrip("=?"), ()) + tuple(_terms(around))
    return found


@cache
def languages() -> dict[str, dict[str, str]]:
    """Read all files: by language the text of each section."""
    return {
        PurePath(file).stem: _sections(manifest.text(file)) for file in manifest.among("data/words", ".txt")
    }


def _sections(text: str) -> dict[str, str]:
    # What stands before the first section says what the file is.
    _, *parts = _SECTION.split(text)
    return dict(zip(parts[::2], parts[1::2], strict=True))


def _terms(text: str) -> Iterator[str]:
    for written in re.split(r"[,\n]", _COMMENT.sub("", text)):
        if written := written.strip():
            sides = [part.split("|") for part in _CHOICE.split(written)]
            yield from (" ".join("".join(choice).split()) for choice in product(*sides))
