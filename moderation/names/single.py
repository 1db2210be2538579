"""Names of one word, with slips, in cases, without vowels, backwards: `zuckerburg`, `putinem`, `btmn`."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import TypeAlias

from moderation.names.cases import uninflected
from moderation.names.near import TURNED, NearIndex

SINGLE_FROM = 4
"""Letters that a word must have to be a name that is written otherwise."""
_SLIPS = ((11, 2), (7, 1))
_FIRST_FROM = 8
"""Letters of a name that is known though a slip is in its first letter, or puts one behind its last."""
_ALIKE_FROM = 6
"""Letters of a name that is known with two letters turned, or with one vowel for another: `emenem`."""
_CASES_FROM, _CASE_FROM = 7, 2
"""Letters that a name in a case must have, and those of the ending."""
_STEM_FROM = 5
_SHORT_CASE_FROM = 6
"""Letters that a name in a case must have whose ending is one letter, of `_SHORT_CASES`."""
_SHORT_CASES = frozenset("anu")
_BARE_FROM = 4
"""Consonants of a name that is known though vowels are left out."""
_VOWELS_LEFT = 2
_BACKWARDS_FROM = 6
_DOUBLED_FROM = 5
"""Letters of a name that is known with a doubled letter more or less."""
_VOWELS = re.compile("[aeiou]")
_DOUBLED = re.compile(r"(.)\1+")


Owner: TypeAlias = tuple[int, bool]
"""Whose name it is, and whether that is one in Latin letters."""


class SingleNames:
    """Names of one word, by whose they are. `latin` ones are in Latin letters.

    `plain` ones are words, too, and only known as they are.
    """

    def __init__(
        self, owners: Mapping[str, int], latin: Collection[str], near: NearIndex, plain: Collection[str]
    ) -> None:
        self._owners, self._latin, self._near, self._plain = owners, latin, near, plain
        bare = ((_without_vowels(name), name) for name in latin if name not in plain)
        self._by_bare = {left: name for left, name in bare if len(left) >= _BARE_FROM}

    def owners(self, word: str) -> Iterator[Owner]:
        """Give whose name an uncommon word may be.

        Doubled letters are one here, so that the name itself may be one with a letter more or less.
        """
        if word in self._owners:
            if len(word) >= _DOUBLED_FROM and word not in self._plain:
                yield self._owners[word], word in self._latin
            return
        for known, slips in self._near.others(word) if word.isascii() else ():
            if known in self._latin and known not in self._plain and _may_be_slip(word, known, slips):
                yield self._owners[known], True
        for stem, ending in uninflected(word):
            is_name = stem in self._owners and stem not in self._plain and len(stem) >= _STEM_FROM
            if is_name and _may_be_case(word, ending):
                yield self._owners[stem], stem in self._latin
        bare = self._by_bare.get(_without_vowels(word))
        if bare is not None and _is_left_of(word, bare):
            yield self._owners[bare], True
        if len(word) >= _BACKWARDS_FROM and (back := word[::-1]) in self._latin and back not in self._plain:
            yield self._owners[back], True
        yield from self._joined(word)

    def _joined(self, word: str) -> Iterator[Owner]:
        """Give whose names a word is put together of: `gokuvegeta`."""
        for place in range(SINGLE_FROM, len(word) - SINGLE_FROM + 1):
            both = (word[:place], word[place:])
            if all(name in self._latin and name not in self._plain for name in both):
                yield from ((self._owners[name], True) for name in both)


def _may_be_slip(word: str, known: str, slips: float) -> bool:
    if slips == 0 or (word[0] != known[0] and len(known) < _FIRST_FROM):
        return False
    most = next((most for shortest, most in _SLIPS if len(known) >= shortest), 0)
    if slips <= most:
        # A letter more or less at the end is often another word: Ronald, vegetal.
        return len(known) >= _FIRST_FROM or not (word.startswith(known) or known.startswith(word))
    alike = slips <= TURNED or (len(word) == len(known) and _without_vowels(word) == _without_vowels(known))
    return alike and len(known) >= _ALIKE_FROM


def _may_be_case(word: str, ending: str) -> bool:
    if len(ending) >= _CASE_FROM:
        return len(word) >= _CASES_FROM
    return len(word) >= _SHORT_CASE_FROM and ending in _SHORT_CASES


def _without_vowels(word: str) -> str:
    return _DOUBLED.sub(r"\1", _VOWELS.sub("", word))


def _is_left_of(word: str, name: str) -> bool:
    """Say whether a word is what is left of a name without its vowels, all but one of them at most."""
    letters = iter(name)
    is_left = word[0] == name[0] and all(letter in letters for letter in word)
    return is_left and not name.startswith(word) and len(_VOWELS.findall(word[1:])) < _VOWELS_LEFT
