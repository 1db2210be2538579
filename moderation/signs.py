"""Signs with a meaning, such as the emoji of a child, which a reading of letters leaves out.

Some have it only beside words: `flashing her 🍑`.
"""

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
        names = (unicodedata.name(sign, "").lower() for sign in self.term if not sign.isascii())
        return f"{self.term} ({', '.join(filter(None, names))})"


def signs(section: str, readings: Iterable[Reading]) -> Iterator[Sign]:
    """Give the signs of a section in texts, but for those beside what makes them harmless."""
    for reading in readings:
        # To look for any of them first is many times faster than for words beside them.
        if reading.text.isascii() or not _any_of(section).search(reading.text):
            continue
        for found in _pattern(section).finditer(reading.text):
            term = _ATTACHED.sub("", found[0])
            if not any(word in reading.text.casefold() for word in _harmless_beside(term)):
                yield Sign(reading, found.span(), term)


@cache
def _pattern(section: str) -> re.Pattern[str]:
    listed = sorted((word.term for word in words(section) if word.language == "signs"), key=len, reverse=True)
    between = f"{_ATTACHED.pattern}*"
    either = "|".join(between.join(map(re.escape, term.replace(" ", ""))) for term in listed)
    return re.compile(either or "(?!)", re.IGNORECASE)


@cache
def _any_of(section: str) -> re.Pattern[str]:
    listed = {letter for word in words(section) if word.language == "signs" for letter in word.term}
    alone = "".join(re.escape(letter) for letter in sorted(listed) if not letter.isascii())
    return re.compile(f"[{alone}]" if alone else "(?!)")


def _harmless_beside(term: str) -> list[str]:
    around = contexts().get(term) or [
        word for sign in term if not sign.isascii() for word in contexts().get(sign, ())
    ]
    return [word.removesuffix("*") for word in around]
