"""Signs with a meaning, such as the emoji of a child, which a reading of letters leaves out."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache
from typing import NamedTuple

from moderation.reading import Reading
from moderation.wordlists import contexts, words

_ATTACHED = re.compile("[\U0001f3fb-\U0001f3ff\ufe0e\ufe0f\\s]")
"""Skin tones, selectors and spaces: what may stand between signs that belong together."""


class Sign(NamedTuple):
    """A sign as it was found: what it is quoted as, where it stands."""

    reading: Reading
    span: tuple[int, int]
    term: str

    @property
    def quote(self) -> str:
        """Give the sign and what it is called: not every screen shows it."""
        names = (unicodedata.name(sign, "").lower() for sign in self.term)
        return f"{self.term} ({', '.join(filter(None, names))})"


def signs(section: str, readings: Iterable[Reading]) -> Iterator[Sign]:
    """Give the signs of a section in texts, but for those beside what makes them harmless."""
    for reading in readings:
        if reading.text.isascii():
            continue
        for found in _pattern(section).finditer(reading.text):
            term = _ATTACHED.sub("", found[0])
            if not any(word in reading.text.casefold() for word in _harmless_beside(term)):
                yield Sign(reading, found.span(), term)


@cache
def _pattern(section: str) -> re.Pattern[str]:
    listed = sorted((word.term for word in words(section) if word.language == "signs"), key=len, reverse=True)
    between = f"{_ATTACHED.pattern}*"
    return re.compile("|".join(between.join(map(re.escape, term)) for term in listed) or "(?!)")


def _harmless_beside(term: str) -> list[str]:
    return [word.removesuffix("*") for word in contexts().get(term, ())]
