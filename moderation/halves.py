"""The two halves that the floor looks for, which must be two: letters of one are not the other half, too."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol, TypeVar

from moderation.letters import FOLDED, Kind
from moderation.lexicon import Match
from moderation.reading import Reading
from moderation.sense import Senses


class Half(Protocol):
    """Something that was found in a text: a word, a sign, a name."""

    @property
    def reading(self) -> Reading:
        """Give the text."""

    @property
    def span(self) -> tuple[int, int]:
        """Give where it stands there."""


class Finder(Protocol):
    """What finds words of a list, or what several say together."""

    def matches(self, reading: Reading) -> Iterator[Match]:
        """Give all matches in a reading."""


H = TypeVar("H", bound=Half)


def apart_from(words: Iterable[Finder], found: Iterable[H]) -> Iterator[H]:
    """Give what was found but for what is made of letters of `words`: `k.i.d` is no child in `n.a.k.i.d`.

    What is all of such a word counts, for some are of both lists, and so do the words of a phrase.
    """
    for half in found:
        matches = (match for senses in words for match in senses.matches(half.reading))
        if not any(_takes_from(match, half.span) for match in matches):
            yield half


def _takes_from(word: Match, span: tuple[int, int]) -> bool:
    (start, end), (first, last) = span, word.own_span
    if " " in word.term or end <= first or last <= start or (start <= first and last <= end):
        return False
    # Words of scripts without spaces do share letters.
    return is_part(span, (first, last)) or all(FOLDED[each].kind is not Kind.FREE for each in word.term)


def is_part(span: tuple[int, int], whole: tuple[int, int]) -> bool:
    """Say whether a place in a text is some of another, and not all of it."""
    return span != whole and whole[0] <= span[0] and span[1] <= whole[1]


def taken_out(words: Senses, readings: Iterable[Reading]) -> Iterator[Reading]:
    """Give the readings without `words`, for patterns that are no list of terms."""
    for reading in readings:
        yield reading.without(match.own_span for match in words.matches(reading))
