"""Names of one word, with slips or in the cases of other languages: `zuckerburg`, `putinem`."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from moderation.names.cases import uninflected
from moderation.names.near import NearIndex

SINGLE_FROM = 7
"""Letters that a word must have to be a name with a slip, or in a case."""
_SLIPS = ((11, 2), (8, 1))
_CASES_FROM, _CASE_FROM = 7, 2
"""Letters that a name in a case must have, and those of the ending: one more is a slip."""


class SingleNames:
    """Names of one word, by whose they are; `plain` ones are words, too, and only known as they are."""

    def __init__(self, owners: Mapping[str, int], near: NearIndex, plain: Collection[str]) -> None:
        self._owners, self._near, self._plain = owners, near, plain

    def owners(self, word: str) -> Iterator[int]:
        """Give whose name an uncommon word may be that is none."""
        if word in self._owners:
            return
        for known, slips in self._near.others(word) if word.isascii() else ():
            if known in self._owners and 0 < slips <= _slips(len(known)):
                yield self._owners[known]
        for stem, ending in uninflected(word):
            long_enough = len(stem) + len(ending) >= _CASES_FROM and len(ending) >= _CASE_FROM
            if long_enough and stem in self._owners and stem not in self._plain:
                yield self._owners[stem]


def _slips(letters: int) -> int:
    return next((slips for shortest, slips in _SLIPS if letters >= shortest), 0)
