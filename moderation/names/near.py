"""Names with small slips: words of a text that are all but the words of a name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache

from rapidfuzz.distance import OSA

from moderation.names.sound import consonants

_ONE_FROM, _TWO_FROM = 4, 8
"""Letters that a word must have to be known with one slip, and with two."""
TURNED = 0.5
"""Slips that two letters are that changed places."""
SCRAMBLED = 0.75
"""Slips that a word is whose letters are all there, the first and the last in their places."""
_SCRAMBLED_FROM = 5
_BUDGET = ((16, 3), (11, 2), (7, 1))
"""Slips in a whole name, by how many letters it has."""


class NearIndex:
    """The words of names by what is left of them when one or two letters are left out."""

    def __init__(self, words: Iterable[str]) -> None:
        self.words = frozenset(words)
        self._left: dict[int, tuple[str, ...]] = {}
        """By the hash of what is left, which takes a third of the memory; a wrong word is no near one."""
        for word in self.words:
            alone = (word,)
            for left in set(map(hash, _lefts(word))):
                self._left[left] = (*before, word) if (before := self._left.get(left)) else alone
        self.near = lru_cache(maxsize=1 << 15)(self._near)
        self.others = lru_cache(maxsize=1 << 12)(self._others)

    def _near(self, word: str) -> tuple[tuple[str, float], ...]:
        """Give the words of names that a word may be meant for, with the slips in each; none if it is one.

        Two letters that changed places are half a slip: all of them are there.
        """
        return ((word, 0),) if word in self.words else self.others(word)

    def _others(self, word: str) -> tuple[tuple[str, float], ...]:
        """Give the same also of a word of names, which may be a slip of another."""
        found = {known for left in map(hash, _lefts(word)) for known in self._left.get(left, ())}
        slips = ((known, _slips(known, word)) for known in found)
        return tuple((known, count) for known, count in slips if count <= _slips_of(len(known)))


def budget(letters: int) -> int:
    """Give the slips that a name of so many letters may have."""
    return next((slips for shortest, slips in _BUDGET if letters >= shortest), 0)


def sounds_alike(word: str, known: str) -> bool:
    """Say whether two words have the same consonants, as `tailor` and `taylor` have."""
    return word[:1] == known[:1] and consonants(word) == consonants(known)


def _slips(known: str, word: str) -> float:
    slips: int = OSA.distance(known, word)
    if slips and len(known) == len(word) and scramble_key(known) == scramble_key(word):
        return TURNED if slips == 1 else SCRAMBLED
    return TURNED if slips == 1 and is_turned(known, word) else slips


def is_turned(known: str, word: str) -> bool:
    """Say whether a word differs from a known one in nothing but the order of its letters."""
    return len(known) == len(word) and known != word and sorted(known) == sorted(word)


def scramble_key(word: str) -> str:
    """Give what all words share that differ in nothing but the order of the letters inside: `t-aloy-r`."""
    return f"{word[0]}-{''.join(sorted(word[1:-1]))}-{word[-1]}"


def _slips_of(letters: int) -> float:
    return (TURNED if letters < _ONE_FROM else 1) + (letters >= _TWO_FROM)


def _lefts(word: str) -> Iterator[str]:
    """Give a word, and what is left of it with as many letters left out as it may have slips."""
    yield word
    slips = int(_slips_of(len(word)))
    if len(word) == _ONE_FROM - 1:
        yield "".join(sorted(word))
    if len(word) >= _SCRAMBLED_FROM:
        yield scramble_key(word)
    if slips:
        for place in range(len(word)):
            left = word[:place] + word[place + 1 :]
            yield left
            if slips > 1:
                for other in range(place, len(left)):
                    yield left[:other] + left[other + 1 :]
