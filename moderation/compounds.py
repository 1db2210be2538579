"""Words of both halves of the floor that are written together, in any language or in two: one is no disguise.

`HiddenWords` finds English words in others, as far as enough ordinary ones are known. Here nothing is allowed
to be left over, so that no ordinary words need be known: such a word is one of the one list, one of the
other, and the endings of stems.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import pairwise
from typing import NamedTuple

from moderation.letters import FOLDED, Kind
from moderation.lexicon import Match
from moderation.reading import Reading
from moderation.remembered import Remembered
from moderation.tokens import Gap, Token
from moderation.wordlists import Word, languages_by

_SHORTEST, _LONGEST = 3, 36
"""Letters of a part, and of all that is looked into."""
_LONGEST_ENDING = 3
_MOST_PARTS = 3
_REMEMBERED = 1 << 15


class _Part(NamedTuple):
    """A term of a half, and whether an ending may follow."""

    term: str
    half: int
    is_stem: bool
    languages: frozenset[str]


class Compounds:
    """Finds words that are made of those of two lists, and of at least one of each.

    `harmless` has for a term the languages in which it means something else: Swedish `sexbarn` are six.
    """

    def __init__(
        self,
        one: Iterable[Word],
        other: Iterable[Word],
        harmless: Mapping[str, Collection[str]] | None = None,
    ) -> None:
        self._harmless = harmless or {}
        self._parts: dict[str, tuple[_Part, ...]] = {}
        for half, words in enumerate((one, other)):
            for term, languages in languages_by(str, filter(_may_be_part, words)).items():
                letters = _typed(Token(term.removesuffix("*")))
                if _SHORTEST <= len(letters) <= _LONGEST:
                    part = _Part(term, half, term.endswith("*"), languages)
                    self._parts[letters] = (*self._parts.get(letters, ()), part)
        self._beginnings = frozenset(letters[:_SHORTEST] for letters in self._parts)
        self._found = Remembered(self._found_in, _REMEMBERED)

    def matches(self, reading: Reading) -> tuple[Match, ...]:
        """Give for each such word a match of each of its parts' terms."""
        found = reading.memo.get(self)
        if not isinstance(found, tuple):
            found = reading.memo[self] = tuple(self._matches(reading))
        return found

    def _matches(self, reading: Reading) -> Iterator[Match]:
        found = list(map(self._found.__getitem__, reading.tokens))
        # Almost all tokens come again, and have none.
        for first, each in zip(reading.firsts, found, strict=False) if any(found) else ():
            for start, end, term in each:
                yield Match(reading, first + start, first + end, term)

    def _found_in(self, token: Token) -> tuple[tuple[int, int, str], ...]:
        return tuple(
            (start, end, term) for start, end, letters in _pieces(token) for term in self._terms_in(letters)
        )

    def _terms_in(self, letters: str) -> tuple[str, ...]:
        if letters[:_SHORTEST] not in self._beginnings:
            return ()
        for parts in self._parted(letters, _MOST_PARTS):
            if {part.half for part in parts} == {0, 1} and not self._means_else(parts):
                return tuple(part.term for part in parts)
        return ()

    def _parted(self, letters: str, most: int) -> Iterator[tuple[_Part, ...]]:
        """Give the ways in which letters are at most so many parts."""
        if not letters:
            yield ()
            return
        for end in range(_SHORTEST, len(letters) + 1) if most else ():
            for part in self._parts.get(letters[:end], ()):
                for ending in range(1 + part.is_stem * min(_LONGEST_ENDING, len(letters) - end)):
                    for rest in self._parted(letters[end + ending :], most - 1):
                        yield (part, *rest)

    def _means_else(self, parts: tuple[_Part, ...]) -> bool:
        """Say whether all are of a language in which one of them means something else."""
        return any(
            all(language in part.languages for part in parts if part.term != term)
            for term in (part.term for part in parts)
            for language in self._harmless.get(term.removesuffix("*"), ())
        )


def _may_be_part(word: Word) -> bool:
    is_bound = word.is_exact or word.is_own or word.language == "signs"
    return not is_bound and all(map(_is_of_a_word, word.term.removesuffix("*")))


def _is_of_a_word(letter: str) -> bool:
    # What joins or parts letters within a word is no letter, and of the word.
    category = unicodedata.category(letter)
    return (category[0] in "LM" or category == "Cf") and FOLDED[letter].kind < Kind.KATAKANA


def _pieces(token: Token) -> Iterator[tuple[int, int, str]]:
    """Give the letters between the signs of a token, long enough for two parts, with their places."""
    if len(token.merged) < 2 * _SHORTEST:
        return
    starts = [place for place, each in enumerate(token.letters) if not place or each.gap >= Gap.SIGN]
    for start, end in pairwise((*starts, len(token.letters))):
        letters = "".join(letter.typed for letter in token.letters[start:end])
        if 2 * _SHORTEST <= len(letters) <= _LONGEST:
            yield start, end, letters


def _typed(token: Token) -> str:
    return "".join(letter.typed for letter in token.letters)
