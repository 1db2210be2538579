"""Full names both words of which were changed in one way: shifted in the alphabet, turned round, mixed up.

Each way has a key that it leaves as it is, such as the letters that a word has: names are looked
up by it, and no text has to be changed back in each of the ways that there are.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple, TypeAlias

from moderation.names.listing import common_words
from moderation.reading import Reading
from moderation.remembered import Remembered
from moderation.tokens import Token

_SHORTEST = 7
"""Letters that a full name must have."""
_PART_FROM = 3
_LETTERS = 26
_WORD = re.compile(r"[a-z]+")
_ONSET = re.compile("(?:qu|[^aeiouy])*")
_REMEMBERED = 1 << 15

Key: TypeAlias = Callable[[str], str]
"""What is left of a word that was changed."""


class Way(NamedTuple):
    """A way to change words: their key, and what both of a name's words must show to be changed alike."""

    of_name: Key
    of_text: Key
    are_alike: Callable[[str, str, str, str], bool]


_ALPHABET = "abcdefghijklmnopqrstuvwxyz"
_TO_A = {
    letter: str.maketrans(_ALPHABET, _ALPHABET[-place:] + _ALPHABET[:-place])
    for place, letter in enumerate(_ALPHABET)
}
_MIRROR = str.maketrans(_ALPHABET, _ALPHABET[::-1])


def _from_a(word: str) -> str:
    """Give a word shifted in the alphabet so that it begins with a."""
    return word.translate(_TO_A[word[0]])


def _mirrored_from_a(word: str) -> str:
    return _from_a(word.translate(_MIRROR))


def _letters(word: str) -> str:
    return "".join(sorted(word))


def _rest(word: str) -> str:
    """Give what follows the consonants that a word begins with."""
    return word[_ONSET.match(word).end() :]  # type: ignore[union-attr]


def _shift(name: str, word: str) -> int:
    return (ord(word[0]) - ord(name[0])) % _LETTERS


def _sum(name: str, word: str) -> int:
    return (ord(word[0]) + ord(name[0])) % _LETTERS


def _shifted(first: str, last: str, one: str, other: str) -> bool:
    return _shift(first, one) == _shift(last, other) != 0


def _mirrored(first: str, last: str, one: str, other: str) -> bool:
    return _sum(first, one) == _sum(last, other)


def _both_turned(first: str, last: str, one: str, other: str) -> bool:
    """Say whether the end of each word comes first: `dierdi badrog`."""
    return first != one in first * 2 and last != other in last * 2


def _exchanged(first: str, last: str, one: str, other: str) -> bool:
    """Say whether the words begin as each other does: `halma sayek`."""
    begins = [word.removesuffix(_rest(word)) for word in (first, last, one, other)]
    return begins[:2] == begins[:1:-1] and first != one and last != other


_WAYS = (
    Way(_from_a, _from_a, _shifted),
    Way(_mirrored_from_a, _from_a, _mirrored),
    Way(_letters, _letters, _both_turned),
    Way(_rest, _rest, _exchanged),
)


class _Name(NamedTuple):
    owner: int
    first: str
    last: str


_ByLast: TypeAlias = dict[str, list[_Name]]
"""Names by the key of their last word."""


class KeyedNames:
    """Full names of two words by their keys. `owner` is whatever number the caller gives a name."""

    def __init__(self, names: Iterable[tuple[int, str]]) -> None:
        self._by_first: list[dict[str, _ByLast]] = [{} for _ in _WAYS]
        for owner, written in names:
            words = written.casefold().split()
            if len(words) != 2 or not all(map(_WORD.fullmatch, words)) or len("".join(words)) < _SHORTEST:
                continue
            name = _Name(owner, *words)
            for way, by_first in zip(_WAYS, self._by_first, strict=True):
                by_last = by_first.setdefault(way.of_name(name.first), {})
                by_last.setdefault(way.of_name(name.last), []).append(name)
        # Words are asked about by what stands between two spaces, which is many more than there are words.
        by_word, keys = Remembered(self._begun_by, _REMEMBERED), Remembered(_keys_of, _REMEMBERED)
        self._begun: Remembered[Token, tuple[tuple[int, _ByLast], ...]] = Remembered(
            lambda token: by_word[_word_of(token)], _REMEMBERED
        )
        self._keys: Remembered[Token, tuple[str, ...]] = Remembered(
            lambda token: keys[_word_of(token)], _REMEMBERED
        )

    def find(self, reading: Reading) -> Iterator[tuple[int, int, int]]:
        """Give the owner of each name in words that are no common ones, with where it begins and ends."""
        tokens = reading.tokens
        for place, may_be in enumerate(map(self._begun.__getitem__, tokens[:-1])):
            keys = self._keys[tokens[place + 1]] if may_be else ()
            for at, by_last in may_be if keys else ():
                for name in by_last.get(keys[at], ()):
                    written = (_word_of(token) for token in tokens[place : place + 2])
                    if _WAYS[at].are_alike(name.first, name.last, *written):
                        end = reading.starts[place + 1] + len(tokens[place + 1].written)
                        yield name.owner, reading.starts[place], end

    def _begun_by(self, word: str) -> tuple[tuple[int, _ByLast], ...]:
        """Give the names that a word may be the first of, each with the place of the way."""
        found = enumerate(zip(self._by_first, _keys_of(word), strict=False))
        return tuple((at, by_first[key]) for at, (by_first, key) in found if key in by_first)


def _keys_of(word: str) -> tuple[str, ...]:
    """Give the keys of a word by each way; none of common words."""
    if len(word) < _PART_FROM or word in common_words():
        return ()
    return tuple(way.of_text(word) for way in _WAYS)


def _word_of(token: Token) -> str:
    """Give the letters of what stands between two spaces, if these are one word, or nothing."""
    words = _WORD.findall(token.written.casefold())
    return words[0] if len(words) == 1 else ""
