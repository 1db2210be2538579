"""Spellings of names in a stream of letters: the spaces between those are asked for later."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from typing import TypeAlias

from moderation.beginnings import Beginnings
from moderation.names.fit import Spelling
from moderation.reading import Reading, squeezed
from moderation.tokens import Token

_REVERSED_FROM = 8
"""Letters that a full name must have to be looked for backwards."""
_DIGIT = re.compile(r"\d")

_Spellings: TypeAlias = tuple[Spelling, ...]


class ByLetters:
    """Spellings by their letters, repeated ones once."""

    def __init__(self, spellings: Iterable[Spelling]) -> None:
        by_letters: dict[str, list[Spelling]] = defaultdict(list)
        for spelling in spellings:
            for form in (spelling, *spelling.other_forms(_REVERSED_FROM)):
                if form.letters:
                    by_letters[form.letters].append(form)
        found = {letters: tuple(forms) for letters, forms in by_letters.items()}
        self._beginnings = Beginnings(found, _begins, _stands, once=True)

    def find(self, reading: Reading) -> list[tuple[int, _Spellings]]:
        """Give what may be names, by their places in `Reading.squeezed`, the first that ends first."""
        found = {
            (reading.squeezed_place(place), length): spellings
            for place, length, spellings in self._beginnings.find(reading)
        }
        ends = sorted(found, key=lambda each: (sum(each), -each[1]))
        return [(place, found[place, length]) for place, length in ends]


def _begins(token: Token, place: int) -> bool:
    return bool(token.gaps[place]) or not _is_simple(token)


def _stands(token: Token, start: int, end: int, spellings: _Spellings) -> bool:
    """Say whether letters of a token may be a name: it may have an ending, or something around it."""
    if not _is_simple(token) or any(each.is_loose for each in spellings):
        return True
    ends = end == len(token.merged) or token.gaps[end] or token.merged[end] == "s"
    return bool(token.gaps[start] and (ends or any(each.ending for each in spellings)))


def _is_simple(token: Token) -> bool:
    """Say whether a name can begin and end only where words do, unless it may be inside of one."""
    letters = token.merged
    return token.written.isascii() and letters == squeezed(letters) and not _DIGIT.search(token.written)
