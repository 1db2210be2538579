"""A list of terms, looked for in the readings of a text."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cached_property
from importlib.resources import files
from itertools import groupby

from moderation.reading import Readings, normalise, words_of

_SPELLED_FROM = 4
"""Letters that a term needs to be found inside letters spelled one by one: shorter ones are in too many."""


class Lexicon:
    """Terms to look for: words or phrases, matched as whole words; `*` at the end stands for any ending.

    Letters may be repeated (`nuuude`). Terms in kanji and hiragana, which are written without spaces, are
    found anywhere; a run of katakana is a word (`ヌード` is not in `ヌードル`).
    """

    def __init__(self, terms: Iterable[str]) -> None:
        self._terms = tuple(terms)

    def find(self, readings: Readings) -> str | None:
        """Give the first match in any reading, as it was read, or None."""
        for text in readings.words + readings.spelled:
            if match := self._words.search(text):
                return match[0]
        for text in readings.spelled:
            if match := self._inside.search(text):
                return match[0]
        return None

    def taken_out(self, readings: Readings) -> Readings:
        """Give the readings without the terms, their places marked so that no phrase forms across the gap."""
        return readings._replace(words=tuple(self._words.sub("/", text) for text in readings.words))

    # Compiling takes a hundred times as long as searching, and few prompts need every list.

    @cached_property
    def _words(self) -> re.Pattern[str]:
        # Grouped by what may not stand before them, because asking that once is many times faster.
        groups: dict[str, list[str]] = {}
        for term in self._terms:
            stem = _stem(term)
            ending = r"\w*" if term.endswith("*") else _unless("(?!", stem[-1])
            groups.setdefault(_unless("(?<!", stem[0]), []).append(_stretched(stem) + ending)
        return re.compile("|".join(f"{start}(?:{'|'.join(group)})" for start, group in groups.items()))

    @cached_property
    def _inside(self) -> re.Pattern[str]:
        stems = (_stem(term) for term in self._terms)
        long = (stem.replace(" ", "") for stem in stems if len(stem) >= _SPELLED_FROM)
        return re.compile("|".join(map(_stretched, long)))


def _stem(term: str) -> str:
    return words_of(normalise(term.removesuffix("*")))


def terms(name: str) -> list[str]:
    """Read the terms of `data/<name>.txt`: one a line; lines that start with # and empty ones say nothing."""
    lines = (files("moderation") / "data" / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def _stretched(stem: str) -> str:
    """Match each Latin letter as often as it stands there, or more often."""
    runs = ((character, len(list(run))) for character, run in groupby(stem))
    return "".join(
        re.escape(character) * count + ("+" if "a" <= character <= "z" else "") for character, count in runs
    )


def _unless(look: str, character: str) -> str:
    """Say which characters beside this first or last one of a term would make it part of a longer word."""
    if re.match(r"[\u30a0-\u30ff]", character):
        return look + r"[\u30a0-\u30ff])"
    return "" if re.match(r"[\u3040-\u309f\u3400-\u9fff]", character) else look + r"\w)"
