"""The consonants of all words of a text as one stream, in which a name is looked for however words cut it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property, lru_cache
from itertools import accumulate, chain, compress, count
from typing import TypeVar

from moderation.names.aloud import ALIKE, CLASSES, R_LAST, Aloud, read_aloud, sounding
from moderation.remembered import Remembered
from moderation.tokens import Token

_LETTERS = dict(zip("ksStdpbfmnlr", "KSJTDPBFMNLR", strict=True))
"""What each consonant is written as in the stream, which has those that are nearly alike as one."""
_INNER = bytes(map(ord, _LETTERS.values()))
_FIRST = _INNER.lower()
_JOINT, _ONLY = (bytes(each | 0x80 for each in letters) for letters in (_INNER, _FIRST))
"""A consonant that ends a word and begins the next, and one that is also all that the former has."""
_NONE = b"|"
_VOWEL_FIRST, _BARRED, _VOWEL_LAST, _R_LAST, _LINKED = b"\1", b"\2", b"\3", b"\4", b"\5"
"""What a word begins and ends with; an r at its end is heard before a vowel, as if it were linked."""
_MARKS = _VOWEL_FIRST + _BARRED + _VOWEL_LAST + _R_LAST
_LAST_OR_ONLY = frozenset(_INNER + _FIRST)
_CLASSES = {letter: CLASSES[sound] for sound, letter in _LETTERS.items()}
_ALL = _INNER + _FIRST + _JOINT + _ONLY + _LINKED
_AS_SOUNDS = bytes.maketrans(_ALL, 4 * _INNER + b"R")
_AS_CLASSES = bytes.maketrans(_ALL, 4 * "".join(_CLASSES.values()).encode() + b"R")
_COUNTED = bytes((each in _FIRST + _JOINT + _ONLY) + (each in _ONLY) for each in range(256))
"""How many words begin at a consonant."""
_BEGINNING = bytes(each in _FIRST + _JOINT + _ONLY + _NONE for each in range(256))
_ENDING = bytes(2 if each in _JOINT + _ONLY else each == _LINKED[0] for each in range(256))
"""Which consonants a word may end with though no other begins behind it: 2 where one begins there, too."""
T = TypeVar("T")


def letters_of(sounds: str) -> str:
    """Give consonants as they are in the stream."""
    return "".join(_LETTERS[sound] for sound in sounds.translate(ALIKE))


class Stream:
    """The consonants of tokens one after the other; places are those in `sounds` and in `classes`."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        marks = b"".join(_joined(list(map(_MARKED.__getitem__, tokens))))
        marks = marks.replace(_R_LAST + _VOWEL_FIRST, _LINKED)
        self._marks = marks.translate(None, _MARKS) + _NONE
        self._tokens = tokens
        self._begins, self._ends, self._goes_on = map(self._marks.translate, (_COUNTED, _ENDING, _BEGINNING))
        self.sounds = self._marks.translate(_AS_SOUNDS).decode("ascii")
        self.classes = self._marks.translate(_AS_CLASSES).decode("ascii")

    def whole(self, hits: Iterable[tuple[int, tuple[int, T]]]) -> Iterator[tuple[int, int, T]]:
        """Give the places of the first and the last word of hits that are all consonants of some words.

        A hit is the place of its last consonant, with how many it has and what was found there.
        """
        begins, ends, goes_on = self._begins, self._ends, self._goes_on
        for end, (length, found) in hits:
            first = end + 1 - length
            # Almost all are within words: this is the only thing that is asked of them.
            if begins[first] and (ends[end] or goes_on[end + 1]):
                places, ordinals = self._places, self._ordinals
                yield places[ordinals[first + 1]], places[ordinals[end + 1] - (ends[end] == 2)], found

    @cached_property
    def _ordinals(self) -> list[int]:
        """Say how many words with consonants have begun before each consonant, less one."""
        return list(accumulate(self._begins, initial=-1))

    @cached_property
    def _places(self) -> list[int]:
        """Give the place of each word that has consonants among all words."""
        return list(compress(count(), chain.from_iterable(map(_BEARS.__getitem__, self._tokens))))


def _joined(words: list[bytes]) -> list[bytes]:
    """Write a consonant once that ends one of the words and begins the next, with nothing between."""
    lasts = b"".join([word[-1:] for word in words[:-1]]).upper()
    firsts = b"".join([word[:1] for word in words[1:]]).upper()
    apart = (int.from_bytes(lasts) ^ int.from_bytes(firsts)).to_bytes(len(lasts))
    place = apart.find(0)
    while place >= 0:
        before, after = words[place], words[place + 1]
        if before[-1] in _LAST_OR_ONLY:
            words[place] = before[:-1]
            words[place + 1] = bytes([before[-1] | 0x80]) + after[1:]
        place = apart.find(0, place + 1)
    return words


def _marked(token: Token) -> bytes:
    return b"".join(_joined(list(map(_marked_word, token.word_letters)))) or _NONE


_MARKED = Remembered(_marked, 1 << 15)


def _bearing(token: Token) -> tuple[bool, ...]:
    """Say of each word of a token whether it has consonants."""
    return tuple((read := aloud(word)) is not None and read.classes != "" for word in token.word_letters)


_BEARS = Remembered(_bearing, 1 << 15)


def _marked_word(word: str) -> bytes:
    """Give the consonants of a word, the first in small letters, and what is before and behind them."""
    sounds = aloud(word)
    if sounds is None:
        return _NONE
    letters = letters_of(sounds.consonants)
    before, after = sounds.vowels[0], sounds.vowels[-1]
    first = b"" if not before else _VOWEL_FIRST if before[0] not in "|w" else _BARRED
    last = b"" if not after else _R_LAST if after.endswith(R_LAST) else _VOWEL_LAST
    return first + (letters[:1].lower() + letters[1:]).encode() + last


@lru_cache(maxsize=1 << 15)
def aloud(word: str) -> Aloud | None:
    """Read a word as `Reading.word_letters` has it, or give None if it is in no letters a to z."""
    return sounding(read_aloud(word)) if word.isascii() and word.isalpha() else None


def read_together(words: Sequence[str]) -> Aloud:
    """Read words as if they were one, each of which `aloud` can read."""
    reads = [sounds for word in words if (sounds := aloud(word))]
    vowels = [""]
    for read in reads:
        last, (first, *others) = vowels[-1], read.vowels
        if (last.endswith(R_LAST) and first) or not (last or first or len(vowels) == 1):
            # What the end of a word changes in the next is told by reading them anew.
            return sounding("|".join(map(read_aloud, words)))
        vowels[-1] = f"{last}|{first}" if last and first else last or first
        vowels += others
    return Aloud(
        "".join([read.classes for read in reads]), "".join([read.consonants for read in reads]), tuple(vowels)
    )
