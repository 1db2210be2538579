"""Full names that are blended with others: `bradonardo pittcaprio`, `tombrad cruisepitt`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from moderation.names.listing import common_words
from moderation.reading import compared_plain

_FIRST_FROM, _LAST_FROM, _SHORTEST = 4, 3, 7
"""Letters of the words of a name, and of it all."""
_CUT_FROM = 6
"""Letters of a surname whose last one may be left out: `watsohansson`."""
_MORE = 2
"""Letters of another name that one of the two words must have."""
BITS = 1 << 8


class Blended:
    """Full names of two words, to be found at an end of two longer words.

    `owner` is whatever number the caller gives a name.
    """

    def __init__(self, names: Iterable[tuple[int, Sequence[str]]]) -> None:
        self._owners: dict[tuple[str, str], int] = {}
        self._lasts: dict[str, int] = defaultdict(int)
        """By the first words, with a bit for each last one."""
        self._ends: dict[str, set[str]] = defaultdict(set)
        """Last words, by what of them must be there."""
        for owner, words in names:
            if len(words) != 2:
                continue
            first, last = words
            if len(first) >= _FIRST_FROM and len(last) >= _LAST_FROM and len(first) + len(last) >= _SHORTEST:
                self._owners.setdefault((first, last), owner)
                self._lasts[first] |= _bit(last)
                self._ends[last].add(last)
                if len(last) >= _CUT_FROM:
                    self._ends[last[:-1]].add(last)
        self._common = frozenset(compared_plain(common_words()))

    def lasts(self, word: str) -> int:
        """Give a bit for each last word of the names whose first one is at an end of a word."""
        bits = 0
        for part in self._parts(word, _FIRST_FROM):
            bits |= self._lasts.get(part, 0)
        return bits

    def last(self, word: str) -> int:
        """Give a bit for each last word of names that is at an end of a word."""
        bits = 0
        for part in self._parts(word, _LAST_FROM):
            for last in self._ends.get(part, ()):
                bits |= _bit(last)
        return bits

    def owner(self, first: str, last: str) -> int | None:
        """Give the name that two words are blended of, and another."""
        for one in self._parts(first, _FIRST_FROM):
            for part in self._parts(last, _LAST_FROM):
                for other in self._ends.get(part, ()):
                    owner = self._owners.get((one, other))
                    if owner is not None and len(first) + len(last) >= len(one) + len(other) + _MORE:
                        return owner
        return None

    def _parts(self, word: str, shortest: int) -> Iterator[str]:
        """Give what an uncommon word begins with and ends with, and itself."""
        if len(word) < shortest or word in self._common or not word.isascii():
            return
        for size in range(shortest, len(word) - _MORE + 1):
            yield word[:size]
            yield word[-size:]
        yield word


def _bit(word: str) -> int:
    return 1 << hash(word) % BITS
