"""Full names in ciphers of the alphabet: `gnlybe fjvsg` by ROT13, `gzbo` in reverse order, moved by a few."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from string import ascii_lowercase as _ALPHABET

from moderation.reading import compared_plain

_MOVED_BY = (13, 1, 25, 3, 23, 2, 24)
_CIPHERS = (
    *(str.maketrans(_ALPHABET, _ALPHABET[by:] + _ALPHABET[:by]) for by in _MOVED_BY),
    str.maketrans(_ALPHABET, _ALPHABET[::-1]),
)
_SHORTEST, _WORD_FROM = 8, 3
"""Letters of a full name, and of its words."""
_REACH = 3
"""Words among which a name is looked for, its first and its last among them."""


class Ciphered:
    """The words of full names in each cipher. `owner` is whatever number the caller gives a name."""

    def __init__(self, names: Iterable[tuple[int, str]]) -> None:
        self._firsts: dict[str, dict[tuple[int, str], int]] = defaultdict(dict)
        for owner, written in names:
            words = written.casefold().split()
            first, last = words[0], words[-1]
            if (
                len(words) < 2
                or len(first) + len(last) < _SHORTEST
                or min(len(first), len(last)) < _WORD_FROM
            ):
                continue
            if (first + last).isascii() and (first + last).isalpha():
                for number, cipher in enumerate(_CIPHERS):
                    one, other = compared_plain([first.translate(cipher), last.translate(cipher)])
                    self._firsts[one].setdefault((number, other), owner)

    def find(self, words: Sequence[str]) -> Iterator[tuple[int, int, int]]:
        """Give the owner of each name, and the places of its first and its last word."""
        for first in self._firsts.keys() & words:
            owners: Mapping[tuple[int, str], int] = self._firsts[first]
            for place in (place for place, word in enumerate(words) if word == first):
                for last in range(place + 1, min(place + _REACH, len(words))):
                    for number in range(len(_CIPHERS)):
                        if (owner := owners.get((number, words[last]))) is not None:
                            yield owner, place, last
