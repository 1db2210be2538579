"""A list of terms, looked for in the readings of a text."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cached_property, lru_cache
from importlib.resources import files
from itertools import groupby

from moderation.reading import Readings, normalise, words_of

_REPEATED = re.compile(r"([a-z])\1+")
_NOTHING = r"(?!)"
_SPELLED_FROM = 4
"""Letters that a term needs to be looked for among letters spelled one by one: shorter terms would be found
in too many of them."""


class Lexicon:
    """Terms to look for: words or phrases, matched as whole words; `*` at the end stands for any ending.

    Letters may be repeated (`nuuude`). Terms in kanji and hiragana, which are written without spaces, are
    found anywhere; a run of katakana is a word (`ヌード` is not in `ヌードル`).
    """

    def __init__(self, terms: Iterable[str]) -> None:
        self._terms = tuple(terms)

    def find(self, readings: Readings) -> str | None:
        """Give the first match in any reading, spelled as it was read, or None."""
        for text in readings.words + readings.spelled:
            if match := _words(self._near(text)).search(text):
                return match[0]
        for text in readings.spelled:
            if match := _inside(self._near(text)).search(text):
                return match[0]
        return None

    def taken_out(self, readings: Readings) -> Readings:
        """Give the readings without the terms, their places marked so that no phrase forms across the gap."""
        return readings._replace(
            words=tuple(_words(self._near(text)).sub("/", text) for text in readings.words)
        )

    def _near(self, text: str) -> tuple[str, ...]:
        """Give the terms that may be in a text: a pattern of all takes a hundred times as long to compile."""
        squeezed = _squeezed(text)
        return tuple(term for term, letters in self._letters.items() if letters in squeezed)

    @cached_property
    def _letters(self) -> dict[str, str]:
        return {term: _squeezed(_stem(term)) for term in self._terms}


@lru_cache(maxsize=1024)
def _words(terms: tuple[str, ...]) -> re.Pattern[str]:
    # Grouped by what may not stand before them, because asking that once is many times faster.
    groups: dict[str, list[str]] = {}
    for term in terms:
        stem = _stem(term)
        ending = r"\w*" if term.endswith("*") else _unless("(?!", stem[-1])
        groups.setdefault(_unless("(?<!", stem[0]), []).append(_stretched(stem) + ending)
    return _any(f"{start}(?:{'|'.join(group)})" for start, group in groups.items())


@lru_cache(maxsize=1024)
def _inside(terms: tuple[str, ...]) -> re.Pattern[str]:
    stems = (_stem(term) for term in terms)
    return _any(_stretched(stem.replace(" ", "")) for stem in stems if len(stem) >= _SPELLED_FROM)


def _any(patterns: Iterable[str]) -> re.Pattern[str]:
    return re.compile("|".join(patterns) or _NOTHING)


def _stem(term: str) -> str:
    return words_of(normalise(term.removesuffix("*")))


def terms(name: str) -> list[str]:
    """Read the terms of `data/<name>.txt`, one a line, but for empty lines and those that start with #."""
    lines = (files("moderation") / "data" / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def _squeezed(text: str) -> str:
    """Drop spaces and repeated letters: what holds a term, stretched or spelled, holds it squeezed."""
    return _REPEATED.sub(r"\1", text.replace(" ", ""))


def _stretched(stem: str) -> str:
    """Match each Latin letter as often as it stands there, or more often."""
    runs = ((character, len(list(run))) for character, run in groupby(stem))
    return "".join(
        re.escape(character) * count + ("+" if "a" <= character <= "z" else "") for character, count in runs
    )


def _unless(look: str, character: str) -> str:
    """Say which characters next to the first or last one of a term would make it part of a longer word."""
    if re.match(r"[\u30a0-\u30ff]", character):
        return look + r"[\u30a0-\u30ff])"
    return "" if re.match(r"[\u3040-\u309f\u3400-\u9fff]", character) else look + r"\w)"
