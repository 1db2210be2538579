"""Terms in a stream of letters, by the tokens that they begin in.

Whatever is looked for in the letters of a text begins with one of its tokens, or within one. So nearly all
tokens tell by themselves that nothing begins there, and most come again and again: what a token has is
remembered. Only where all that is left of a token begins a term is it read on behind it.
"""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Generic, NamedTuple, TypeVar

import ahocorasick

from moderation.reading import Reading, squeezed
from moderation.remembered import Remembered
from moderation.tokens import Token

T = TypeVar("T")

_REMEMBERED = 1 << 15
_NEXT = 8
"""Letters behind a token that tell nearly always that no term goes on there."""
_TOLD_BY = frozenset(string.ascii_lowercase) - {"i"}
"""Letters, as they are compared, of which it is remembered whether they go on with a term behind a token."""
_RUN = re.compile(r"([a-z])\1*|.", re.DOTALL)


class Begun(NamedTuple, Generic[T]):
    """A place at which there are as many letters as a term has, and what stands for such terms."""

    place: int
    length: int
    term: T


class _Held(NamedTuple, Generic[T]):
    """What a token has of terms."""

    size: int
    """Its letters."""
    within: tuple[Begun[T], ...]
    begun: tuple[tuple[int, int], ...]
    """Places from which on all letters begin a term, and how many those are."""
    ending: frozenset[str]
    """Which of `_TOLD_BY` say, behind the token, that no such term goes on there."""


class Beginnings(Generic[T]):
    """Terms by their letters: those of `Reading.letters`, or, read `once`, of `Reading.squeezed`.

    `begins` says whether a term that goes on behind a token may begin at a place of it, and `stands` whether
    one may stand within it, from a place to before another.
    """

    def __init__(
        self,
        terms: Mapping[str, T],
        begins: Callable[[Token, int], bool],
        stands: Callable[[Token, int, int, T], bool],
        *,
        once: bool = False,
    ) -> None:
        self._begins, self._stands, self._once = begins, stands, once
        self._read: Callable[[str], str] = squeezed if once else str
        self._terms = ahocorasick.Automaton()
        # In the order of the alphabet, what is looked at one after the other lies together.
        for letters, term in sorted(terms.items(), key=lambda each: each[0]):
            self._terms.add_word(letters, (len(letters), term))
        self._terms.make_automaton()
        self._longest = max(map(len, terms), default=0)
        self._held = Remembered(self._held_by, _REMEMBERED)

    def find(self, reading: Reading) -> list[Begun[T]]:
        """Give what may be terms, with their places in `Reading.letters`, whatever is between those."""
        held = list(map(self._held.__getitem__, reading.tokens))
        letters, found = reading.letters, list[Begun[T]]()
        after = f"{letters} "
        for first, each in zip(reading.firsts, held, strict=False) if any(held) else ():
            if each is None:
                continue
            size, within, begun, ending = each
            if within:
                found += [Begun(first + place, length, term) for place, length, term in within]
            if begun and after[first + size] not in ending:
                found += self._going_on(begun, letters, first)
        return found

    def _going_on(self, begun: Iterable[tuple[int, int]], letters: str, first: int) -> Iterator[Begun[T]]:
        """Give what begins in a token, the first of letters from there on, and goes on behind it."""
        for place, length in begun:
            start = first + place
            text = self._read(letters[start : start + length + _NEXT])
            if (known := self._terms.longest_prefix(text)) == len(text):
                text = self._read(letters[start : start + 2 * self._longest])
                known = self._terms.longest_prefix(text)
            for end in range(length + 1, known + 1):
                if (found := self._terms.get(text[:end], None)) is not None:
                    yield Begun(start, *found)

    def _held_by(self, token: Token) -> _Held[T] | None:
        text = self._read(token.merged)
        places = _places(token.merged, text)
        ended = ((last + 1 - length, last, term) for last, (length, term) in self._terms.iter(text))
        within = tuple(
            Begun(places[at], last + 1 - at, term)
            for at, last, term in ended
            if self._stands(token, places[at], places[last] + 1, term)
        )
        starts = range(max(0, len(text) - self._longest), len(text))
        begun = tuple(
            (places[at], len(text) - at)
            for at in starts
            if self._terms.match(text[at:]) and self._begins(token, places[at])
        )
        if not within and not begun:
            return None
        rests = [text[-length:] for _, length in begun]
        after = {each for each in _TOLD_BY if any(self._terms.match(rest + each) for rest in rests)}
        if self._once:
            after.add(text[-1])  # it may be repeated behind the token
        return _Held(len(token.merged), within, begun, _TOLD_BY - after)


def _places(letters: str, text: str) -> Sequence[int]:
    """Give the place of the last letter of each run of the same, which `text` has once."""
    if letters == text:
        return range(len(text))
    return [run.end() - 1 for run in _RUN.finditer(letters)]
