"""Full names some letters of which are masked: `t*ylor s#ift`, `d*nld trump`."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Container, Iterable, Iterator
from itertools import pairwise
from typing import TypeAlias

from rapidfuzz.distance import OSA

_MASK = re.compile("[*#%•]")
_WORD = re.compile(r"(?<![^\W_])[a-z]+(?:[*#%•]{1,3}[a-z]+)*(?![^\W_])", re.IGNORECASE)
"""A word, masked inside or not: what stands around words are asterisks of emphasis, or bullets."""
_BETWEEN = re.compile(r"[\s._-]{1,3}")
_DOUBLED = re.compile(r"([a-z])\1+")
_SINGLE_FROM = 6
"""Letters that a name of one word must have."""
_SLIP_FROM = 6
"""Letters that a word must have to be known with a letter left out or put in beside the masked ones."""

Near: TypeAlias = Callable[[str], Iterable[tuple[str, float]]]
"""The words of names that a word may be meant for, with the slips in each."""


class MaskedNames:
    """The words of names, to be known by the letters that are not masked."""

    def __init__(self, words: Iterable[str], singles: Iterable[str], near: Near) -> None:
        self._near = near
        self._singles = frozenset(single for single in singles if len(single) >= _SINGLE_FROM)
        self._by_shape: dict[tuple[str, int], list[str]] = defaultdict(list)
        for word in {*words, *self._singles}:
            self._by_shape[word[:1], len(word)].append(word)

    def find(self, text: str, lasts: Callable[[str], Container[str]]) -> Iterator[tuple[str, str, int, int]]:
        """Give the first and last words of names of which one is masked at least, and where they stand.

        `lasts` are the last words of names that begin with a word.
        """
        if _MASK.search(text) is None:
            return
        for first, last in pairwise(_WORD.finditer(text)):
            written = (first[0].lower(), last[0].lower())
            if not any(map(_MASK.search, written)) or not _BETWEEN.fullmatch(
                text[first.end() : last.start()]
            ):
                continue
            for one, slips in self._meant(written[0]):
                for other, more in self._meant(written[1]):
                    if slips + more <= 1 and other in lasts(one):
                        yield one, other, first.start(), last.end()

    def singles(self, text: str) -> Iterator[tuple[str, int, int]]:
        """Give the names of one word that is masked, and where they stand."""
        for found in _WORD.finditer(text) if _MASK.search(text) else ():
            word = found[0].lower()
            if _MASK.search(word) and len(word) >= _SINGLE_FROM:
                for known, slips in self._meant(word):
                    if not slips and known in self._singles:
                        yield known, *found.span()

    def _meant(self, word: str) -> Iterator[tuple[str, float]]:
        """Give the words that one may be meant for, at least half of whose letters are to be seen."""
        masks = len(_MASK.findall(word))
        word = _DOUBLED.sub(r"\1", word)
        if not masks:
            yield from self._near(word)
            return
        # A doubled letter counts once, and a mask may stand for the second of them.
        for more in (-1, 0, 1) if len(word) >= _SLIP_FROM - 1 else (-1, 0):
            for known in self._by_shape.get((word[0], len(word) + more), ()):
                slips = OSA.distance(known, word) - masks
                if slips <= max(more, 0) and 2 * (len(word) - masks) >= len(known):
                    yield known, slips
