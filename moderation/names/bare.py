"""Full names without their vowels, as they are typed: `dnld trmp`, and `dnldtrmp`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from moderation.names.sound import bare_of, is_bare

_WORDS, _SHORTEST = 2, 5
"""Words of a name that is known without its vowels, and letters that must be left."""
_JOINED_FROM = 6
"""The same where they are written together: shorter ones are abbreviations of many things."""


class _Named(NamedTuple):
    owner: int
    first: str
    last: str


class BareIndex:
    """Names of two words by their consonants. `owner` is whatever number the caller gives a name."""

    def __init__(self, names: Iterable[tuple[int, Sequence[str]]]) -> None:
        self._apart: dict[str, _Named] = {}
        self._joined: dict[str, _Named] = {}
        for owner, words in names:
            if len(words) == _WORDS:
                named = _Named(owner, *words)
                self._apart[" ".join(map(bare_of, words))] = named
                self._joined[bare_of("".join(words))] = named

    def beside(self, first: str, last: str) -> int | None:
        """Give the name that two words without vowels are."""
        found = self._apart.get(f"{bare_of(first)} {bare_of(last)}")
        if found is None or len(first) + len(last) < _SHORTEST:
            return None
        fits = _begins(first, found.first) and _begins(last, found.last)
        return found.owner if fits else None

    def joined(self, word: str) -> int | None:
        """Give the name that one word without vowels is."""
        if len(word) < _JOINED_FROM or not is_bare(word):
            return None
        bare = bare_of(word)
        found = self._joined.get(bare)
        fits = found is not None and len(bare) >= _SHORTEST and _begins(word, found.first)
        return found.owner if found is not None and fits else None


def _begins(word: str, name: str) -> bool:
    """Say whether a word begins as a name does, or as what is left of it."""
    return word[0] in (name[0], bare_of(name)[:1])
