"""Lists of names, as files: what they hold, and what is wrong with them.

A list is a TOML file:

    kind = "person"                  # person, character or artist
    why = "musician"                 # what the answer says of everybody in the file

    [names]
    "Taylor Swift" = ["T-Swizzle", "テイラー・スウィフト", "泰勒·斯威夫特"]

    [careful]                        # names that are plain words, too
    "Chris Pine" = ["chris pine table*"]   # phrases in which they are
    "Cher" = []                      # a single word counts only where the prompt speaks of a person

    [unless]                         # phrases in which any name is something else
    "Angela Merkel" = ["merkel cell*"]

`[names]` has the canonical name and its other spellings: aliases, nicknames, common misspellings, other
scripts. Small differences need no spelling of their own (see `moderation.names.register`). A surname by
itself is a spelling where nearly everybody thinks of that one person: it is no word, and few others bear it,
or else the name stands under `[careful]`. It counts wherever it stands: `a bieber lake`. `[tied]` says whom a
character is tied to: a person or a studio. `[asked]` says how it is known that an artist asked to be left
out.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path, PurePath
from typing import Any

from moderation import manifest
from moderation.lexicon import terms
from moderation.reading import compared


class ListError(Exception):
    """A list of names cannot be read; the message is a sentence that says what is wrong with it."""


class NameKind(StrEnum):
    """Whose name it is, which decides the part of a policy that it falls under."""

    PERSON = "person"
    CHARACTER = "character"
    ARTIST = "artist"


@dataclass(frozen=True)
class Name:
    """A name that is looked for: the canonical one, and all its spellings, itself among them."""

    name: str
    spellings: tuple[str, ...]
    kind: NameKind = NameKind.PERSON
    why: str = ""
    tied_to: str = ""
    asked: str = ""
    """How it is known that an artist asked to be left out."""
    unless: tuple[str, ...] = ()
    """Phrases in which it is something else."""
    is_plain: bool = False
    """Whether it is plain words, too."""


_FIELDS = ("kind", "why", "names", "careful", "unless", "tied", "asked")


def shipped() -> tuple[Name, ...]:
    """Read the lists in `data/names/`, which the tests have checked. Raises ListError, Altered."""
    lists = manifest.among("data/names", ".toml")
    return merged(*(parse(manifest.text(file), PurePath(file).name, is_checked=True) for file in lists))


def load(file: Path) -> tuple[Name, ...]:
    """Read a list that an operator wrote. Raises ListError."""
    try:
        text = file.read_text(encoding="utf-8")
    except OSError as error:
        raise ListError(f"The list of names {file} cannot be read: {error.strerror or error}.") from error
    except UnicodeDecodeError as error:
        raise ListError(f"The list of names {file} is not UTF-8 text: save it as UTF-8.") from error
    return parse(text, str(file))


def load_own(place: Path) -> tuple[Name, ...]:
    """Read the list that an operator wrote, or all in a folder. Raises ListError.

    They may hold names that are shipped, too: which ones are may change.
    """
    if not place.is_dir():
        return load(place)
    lists = sorted(place.glob("*.toml"))
    if not lists:
        raise ListError(f"The folder of lists of names {place} has no .toml file in it.")
    return merged(*map(load, lists))


def merged(*lists: Iterable[Name]) -> tuple[Name, ...]:
    """Join lists. Raises ListError for a name that two of them hold."""
    by_name: dict[str, Name] = {}
    for name in (name for each in lists for name in each):
        if name.name in by_name:
            raise ListError(f"{name.name!r} is in two lists of names: please take it out of one.")
        by_name[name.name] = name
    return tuple(by_name.values())


def parse(text: str, file: str, *, is_checked: bool = False) -> tuple[Name, ...]:
    """Read a list from its text; `file` is what a complaint calls it. Raises ListError.

    Of a list that `is_checked` the names are known to be fit to be looked for.
    """
    try:
        content = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ListError(f"The list of names {file} is not TOML: {error}.") from error
    if unknown := content.keys() - set(_FIELDS):
        raise ListError(
            f"The list of names {file} has a field {min(unknown)!r}: its fields are {', '.join(_FIELDS)}."
        )
    kind = _kind(content, file)
    names, careful, unless = (_table(content, table, file) for table in ("names", "careful", "unless"))
    tied, asked = (_sayings(content, table, file) for table in ("tied", "asked"))
    for name in (*careful, *unless, *tied, *asked):
        if name not in names:
            raise ListError(f"The list of names {file} speaks of {name!r}, but has no such name.")
    found = [
        Name(
            name,
            tuple(dict.fromkeys((name, *spellings))),
            kind,
            str(content.get("why", "")),
            tied.get(name, ""),
            asked.get(name, ""),
            (*careful.get(name, ()), *unless.get(name, ())),
            name in careful,
        )
        for name, spellings in names.items()
    ]
    for complaint in () if is_checked else _complaints(found):
        raise ListError(f"The list of names {file} {complaint}")
    return tuple(found)


def _kind(content: Mapping[str, Any], file: str) -> NameKind:
    try:
        return NameKind(content.get("kind", NameKind.PERSON))
    except ValueError as error:
        raise ListError(
            f"The list of names {file} has the kind {content['kind']!r}: it is one of {', '.join(NameKind)}."
        ) from error


def _table(content: Mapping[str, Any], table: str, file: str) -> dict[str, list[str]]:
    found = content.get(table, {})
    fits = isinstance(found, dict) and all(
        isinstance(each, list) and all(isinstance(spelling, str) for spelling in each)
        for each in found.values()
    )
    if not fits:
        raise ListError(
            f"The list of names {file} must have under [{table}] lines such as "
            '"Taylor Swift" = ["T-Swizzle"].'
        )
    return dict(found)


def _sayings(content: Mapping[str, Any], table: str, file: str) -> dict[str, str]:
    found = content.get(table, {})
    if not isinstance(found, dict) or not all(isinstance(each, str) for each in found.values()):
        raise ListError(
            f'The list of names {file} must have under [{table}] lines such as "Taylor Swift" = "...".'
        )
    return dict(found)


def _complaints(names: Iterable[Name]) -> Iterator[str]:
    seen: dict[str, str] = {}
    for name in names:
        for spelling in name.spellings:
            letters, unfit = compared(spelling.casefold()), why_no_name(spelling)
            if unfit is Unfit.EMPTY:
                yield f"has an empty spelling for {name.name!r}: please leave it out."
            if letters in seen and seen[letters] != name.name:
                both = f"for {seen[letters]!r} and for {name.name!r}"
                yield f"has {spelling!r} both {both}: please leave one out."
            if unfit is Unfit.COMMON and not name.is_plain:
                yield (
                    f"has {spelling!r}, which is a common word or as short as one: please write a longer "
                    f"name, or name {name.name!r} under [careful], so that it counts only where a person is "
                    "meant."
                )
            seen[letters] = name.name


class Unfit(StrEnum):
    """Why a spelling cannot be looked for as a name."""

    EMPTY = "empty"
    """Nothing of it can be compared."""
    COMMON = "common"
    """It is common words, or as short as one: innocent prompts would be refused for it."""


def why_no_name(spelling: str) -> Unfit | None:
    """Say why a spelling is unfit to be looked for, or give None: lists, chat and policy files all ask here.

    Several common words are a name where two are written as one: `Wonder Woman`, not `red circle`. Three
    letters are one where they are capitals or digits (`CR7`), or of a script that has no capitals.
    """
    letters = compared(spelling.casefold())
    if not letters:
        return Unfit.EMPTY
    written = [word for each in spelling.split() if (word := re.sub(r"[\W_]+", "", each))]
    is_common = all(_is_word(word.casefold()) for word in written)
    if len(written) == 1:
        is_common = is_common or _is_short(written[0]) or written[0].casefold() in no_slips()
    elif is_common:
        capitalised = [word for word in written if word[0].isupper() and len(word) > _LONGEST_SHORT]
        is_common = len(capitalised) < _FEWEST
    return Unfit.COMMON if is_common or len(letters) < _FEWEST else None


_FEWEST, _FEWEST_WITH_CAPITALS = 2, 4
"""Letters of a name, and of one in a script that has capitals."""
_LONGEST_SHORT = 2
"""Letters of the words that `common_words` leaves out."""


def _is_word(word: str) -> bool:
    return word in common_words() or word in short_words()


def _is_short(word: str) -> bool:
    has_capitals = word.upper() != word.lower() and word.isascii()
    is_acronym = len(word) > _LONGEST_SHORT and sum(not sign.islower() for sign in word) >= _FEWEST
    return (has_capitals or word.isdigit()) and len(word) < _FEWEST_WITH_CAPITALS and not is_acronym


_COMMON: set[str] = set()


def common_words() -> set[str]:
    """Give the common English words, in lower case: what is one of them is no misspelling of a name."""
    if not _COMMON:
        _COMMON.update(word for line in terms("names/common") for word in line.split())
    return _COMMON


@cache
def short_words() -> frozenset[str]:
    """Give ordinary words that the list of common ones leaves out, because they are short."""
    return frozenset(
        "a i am an as at be by do go he if in is it me my no of on or so to up us we".split()  # noqa: SIM905
    )


@cache
def frequent_surnames() -> frozenset[str]:
    """Give the surnames that so many people bear that they say little without the first name."""
    return frozenset(word for line in terms("names/surnames") for word in line.split())


@cache
def no_slips() -> frozenset[str]:
    """Give words of many languages, and first names, that are no name in another spelling."""
    return frozenset(word for line in terms("names/no_slips") for word in line.split())
