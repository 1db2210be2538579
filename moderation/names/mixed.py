"""Full names one word of which is in another script than the other: `harry поттер`, `elon маск`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from moderation.names.sound import apart, consonants, readings_of, romanised

_WORD = r"[^\W\d_]{3,}"
_BESIDE = re.compile(rf"(?<![^\W\d_])({_WORD})[\s._·・-]{{1,2}}(?=({_WORD}))")
_DOUBLED = re.compile(r"([a-z])\1+")
_CONSONANTS = 2
"""Consonants that the word in another script must have."""
_APART = 0.2
_ENDING = re.compile("(?<=[\u0400-\u04ff]{3})(?:ом|ем|ой|ым|у|а|ы|е|ю|я)$")

Partners = Callable[[str], Mapping[str, int]]
"""The other words of names that a word is the first or last of, and whose names they are."""


def find(text: str, lasts: Partners, firsts: Partners) -> Iterator[tuple[int, int, int]]:
    """Give the owner of each such name, with where it begins and ends.

    `lasts` are what may follow a first word, and `firsts` what may stand before a last one.
    """
    for found in _BESIDE.finditer(text):
        one, other = found.groups()
        if one.isascii() == other.isascii():
            continue
        latin, foreign = (one, other) if one.isascii() else (other, one)
        if _has_latin(foreign):
            continue
        read = [romanised(form) for form in dict.fromkeys((foreign, _ENDING.sub("", foreign)))]
        partners = (lasts if one.isascii() else firsts)(_DOUBLED.sub(r"\1", latin.lower()))
        for wanted, owner in partners.items():
            if any(_sounds_like(wanted, each) for each in read):
                yield owner, found.start(), found.end(2)


def _has_latin(word: str) -> bool:
    return any("a" <= letter <= "ɏ" for letter in word.casefold())


def _sounds_like(wanted: str, read: str) -> bool:
    sound = consonants(read)
    if not wanted.isascii() or len(re.sub("[aeiouy]", "", wanted)) < _CONSONANTS:
        return False
    return sound in readings_of(wanted) and apart(wanted, read) <= _APART * len(wanted)
