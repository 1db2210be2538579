"""Bodies that are meant to be unusual: what a prompt says about heads, faces, arms, hands and legs."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Literal, TypeAlias, get_args

from moderation import manifest
from moderation.normalise import normalise, words_of

Part: TypeAlias = Literal["head", "face", "arm", "hand", "leg"]
Counts: TypeAlias = Mapping[Part, Sequence[int]]
"""How many of each part are right; if several counts are right, the usual one comes first."""

PARTS: tuple[Part, ...] = get_args(Part)
_USUAL: Counts = {"head": (1,), "face": (1,), "arm": (2,), "hand": (2,), "leg": (2,)}
_WITH: Mapping[str, tuple[Part, ...]] = {
    "head": ("head", "face"),
    "face": ("face",),
    "arm": ("arm", "hand"),
    "hand": ("hand",),
    "leg": ("leg",),
    "any": PARTS,
}
"""Whoever has four arms has four hands."""
_MANY = range(2, 13)
_FREE = range(13)
_KANJI = "(?=[\u3040-\u9fff])"
_ADJECTIVE = re.compile(r"(?:ed|ig\w*)$")


@dataclass(frozen=True)
class Intended:
    """What texts say about bodies: `named` are the counts that they name, `free` the parts of any number."""

    named: Counts = field(default_factory=dict)
    free: frozenset[Part] = frozenset()

    @property
    def parts(self) -> frozenset[Part]:
        """List the parts of which anything is said."""
        return self.free | self.named.keys()

    def right(self, figures: int) -> Counts:
        """Say how many parts are right in a picture of so many figures.

        Among several figures nobody can tell which one is meant: then each may have the usual counts instead.
        """
        if figures == 1:
            counts = {**_USUAL, **self.named}
        else:
            counts = {part: _once((*usual, *self.named.get(part, ()))) for part, usual in _USUAL.items()}
        return {**counts, **dict.fromkeys(self.free, _FREE)}


def intended(texts: Iterable[str]) -> Intended:
    """Read what texts ask for in a language of the interface: a four-armed deity, Kali, a crowd.

    A count is taken where it is more than usual, or stands in an adjective: "one hand raised" is said of
    people who have two.
    """
    named: dict[Part, Sequence[int]] = {}
    free: set[Part] = set()
    for text in map(words_of, map(normalise, texts)):
        for section, pattern in _beings("free"):
            free.update(_WITH[section] if pattern.search(text) else ())
        for section, pattern in _beings("none"):
            named |= dict.fromkeys(_WITH[section] if pattern.search(text) else (), (0,))
        for part, counts in _counts_in(text):
            named |= dict.fromkeys(_WITH[part], counts)
    return Intended(named, frozenset(free))


def _counts_in(text: str) -> Iterator[tuple[Part, Sequence[int]]]:
    numbers, parts, pattern = _counted()
    for match in pattern.finditer(text):
        said, named = (next(filter(None, match.group(*groups))) for groups in ((1, 3, 5, 8), (2, 4, 6, 7)))
        part = next(part for part in PARTS if re.fullmatch(parts[part], named))
        usual, is_trait = _USUAL[part], bool(_ADJECTIVE.search(named))
        count = int(said) if said.isdecimal() else numbers.get(said)
        if count is None:
            yield part, _MANY
        elif count > usual[0] or (is_trait and count != usual[0]):
            yield part, (count,) if is_trait else (count, *usual)


@cache
def _lists() -> dict[str, dict[str, list[str]]]:
    return tomllib.loads(manifest.text("data/anatomy.toml"))


@cache
def _beings(section: str) -> list[tuple[str, re.Pattern[str]]]:
    return [(name, re.compile(_whole(_any_of(terms)))) for name, terms in _lists()[section].items()]


@cache
def _counted() -> tuple[Mapping[str, int | None], Mapping[Part, str], re.Pattern[str]]:
    """Give the numbers by word, each part's words as a pattern, and the pattern of a count of parts.

    The groups of the last are number and part: as words, in one German word, and in Japanese, where the part
    may come first.
    """
    lists = _lists()
    numbers = {
        word: int(number) if number.isdecimal() else None
        for number, words in lists["numbers"].items()
        for word in words
    }
    parts = {part: _any_of(lists["parts"][part]) for part in PARTS}
    number, part = rf"({_any_of(numbers)}|\d\d?)", f"({'|'.join(parts.values())})"
    apart = _whole(rf"{number} (?:\w+ )?{part}")
    joined = _whole(rf"{number}((?:arm|bein|kopf|hand|gesicht)ig\w*)")
    japanese = rf"{number} ?(?:本|つ|個|枚)? ?の?{_KANJI}{part}|{_KANJI}{part}[がは] ?{number}"
    return numbers, parts, re.compile(f"{apart}|{joined}|{japanese}")


def _whole(pattern: str) -> str:
    return rf"(?<![a-z0-9])(?:{pattern})(?![a-z0-9])"


def _any_of(terms: Collection[str]) -> str:
    """Match any of these terms, the longest first; a * stands for any ending."""
    longest = sorted(terms, key=len, reverse=True)
    return "|".join(re.escape(term).replace(r"\*", r"\w*") for term in longest)


def _once(counts: Iterable[int]) -> tuple[int, ...]:
    return tuple(dict.fromkeys(counts))
