"""Full names by their first and last words: which words make a name together, with slips, or turned round."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence

from moderation.names.facts import FAR_FROM, Begun, Facts, Full
from moderation.names.listing import common_words
from moderation.names.near import budget
from moderation.reading import compared_plain

_SHORTEST = 6
"""Letters that a full name must have to be known by its words."""
_REACH = 4
"""Words among which a name is looked for, its first and its last among them."""
_JOINS = frozenset(["and", "or", "with", "vs", "plus", "und", "et", "y", "e"]) | frozenset(
    ["on", "in", "at", "by", "of", "for", "to", "from", "near", "under", "over", "off", "into", "behind"]
)
"""What stands between two things, and not between the words of one name: `tom on a cruise`."""
_PUT_WITHIN = """
    young old blond blonde bald bearded smiling laughing crying angry sad happy shirtless naked nude sexy
    beautiful handsome tall short fat thin evil cute tiny little big baby zombie robot space dot dash
    comma
"""
_WITHIN = frozenset(compared_plain(_PUT_WITHIN.split()))
"""Common words that are put between those of a name that is no plain words: `brad young pitt`."""

_TITLES = frozenset(["mr", "mrs", "ms", "dr", "st"])

_NOTHING: Mapping[str, Full] = {}


class Pairs:
    """Full names by their first and last words. `singles` are names of one word, by whose they are."""

    def __init__(self, singles: Mapping[str, int]) -> None:
        self._lasts: dict[str, dict[str, Full]] = defaultdict(dict)
        self._firsts: dict[str, dict[str, Full]] = defaultdict(dict)
        self._singles = singles
        self._common = frozenset(compared_plain(common_words()))

    def add(self, words: Sequence[str], full: Full) -> None:
        """Note a name by its words, unless another has the same first and last ones."""
        self._lasts[words[0]].setdefault(words[-1], full)
        self._firsts[words[-1]][words[0]] = self._lasts[words[0]][words[-1]]

    @property
    def words(self) -> set[str]:
        """Give all first and last words."""
        return {*self._lasts, *self._firsts}

    def lasts(self, first: str) -> Mapping[str, Full]:
        """Give the names that begin with a word, by their last ones."""
        return self._lasts.get(first, _NOTHING)

    def firsts(self, last: str) -> Mapping[str, Full]:
        """Give the names that end with a word, by their first ones."""
        return self._firsts.get(last, _NOTHING)

    def begun(self, near: Iterable[tuple[str, float]]) -> dict[str, list[Begun]]:
        """Give the names that a word begins which may be meant for others, by their other words."""
        begun: dict[str, list[Begun]] = {}
        for known, slips in near:
            for last, full in self.lasts(known).items():
                if full.size >= _SHORTEST and slips <= budget(full.size):
                    begun.setdefault(last, []).append(Begun(full, slips, False))
            for first, full in self.firsts(known).items() if not slips else ():
                if full.size >= FAR_FROM:
                    begun.setdefault(first, []).append(Begun(full, slips, True))
        return begun

    def beginning_at(
        self, words: Sequence[str], place: int, facts: Mapping[str, Facts], may_part: bool = True
    ) -> Iterator[tuple[int, int]]:
        """Give the names that begin at a word, slips allowed, and the place of the last word of each.

        It `may_part` the words of a name with slips from each other only if it has more than two.
        """
        begun = facts[words[place]].begun
        for other in range(place + 1, min(place + _REACH, len(words))):
            run = words[place : other + 1]
            for last, more in facts[words[other]].near.items():
                names = begun.get(last, ()) if may_part or not more or other == place + 1 else ()
                for full, slips, is_turned in names:
                    if self._is_name(run, full, slips + more, is_turned):
                        yield full.owner, other

    def spread(self, first: str, theres: Container[str]) -> Iterator[tuple[str, Full]]:
        """Give the names, by their last words, that begin with a word of one text and end in another."""
        for last, full in self.lasts(first).items():
            if last in theres and full.size >= FAR_FROM and not {first, last} & self._common:
                yield last, full

    def _is_name(self, words: Sequence[str], full: Full, slips: float, turned: bool) -> bool:
        """Say whether words, the first and last of which are those of a name, are that name."""
        size, between = full.size, tuple(words[1:-1])
        if slips:
            as_listed = not turned and slips <= budget(size) and between == full.between
            return as_listed and (slips <= 1 or not self._has_common(words))
        if not between and not turned:
            return size >= _SHORTEST and not (full.between and self._begins_so_much(words[0]))
        if size < FAR_FROM or (turned and (between or not self._may_be_turned(full, words))):
            return False
        if self._is_common(words):
            return False
        if between and _WITHIN.issuperset(between):
            return not full.is_plain
        return self._common.isdisjoint(between) and _JOINS.isdisjoint(between)

    def _begins_so_much(self, first: str) -> bool:
        """Say whether so much begins with a word that what follows must be there: `the rock johnson`."""
        return first in self._common or first in _TITLES

    def _has_common(self, words: Sequence[str]) -> bool:
        return words[0] in self._common or words[-1] in self._common

    def _is_common(self, words: Sequence[str]) -> bool:
        """Say whether both the first word and the last are common ones, and two."""
        return words[0] in self._common and words[-1] in self._common and words[0] != words[-1]

    def _may_be_turned(self, full: Full, words: Sequence[str]) -> bool:
        """Say whether two words are not plain ones: `swift taylor` may be, `trump` alone is somebody."""
        is_plain = full.is_plain and words[-1] in self._common
        return not is_plain or self._singles.get(words[0]) == full.owner
