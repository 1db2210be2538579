"""The consonants of all words of a text as one stream, in which a name is looked for however words cut it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property, lru_cache
from itertools import accumulate, compress, count

from moderation.names.aloud import ALIKE, CLASSES, R_LAST, Aloud, are_alike, read_aloud, sounding
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
_JOINTS = [
    (bytes([last, first]), bytes([joint]))
    for lasts, joints in ((_INNER, _JOINT), (_FIRST, _ONLY))
    for last, first, joint in zip(lasts, _FIRST, joints, strict=True)
]
"""The same consonant at the end of a word and at the beginning of the next, and as what it is read once."""
_CLASSES = {letter: CLASSES[sound] for sound, letter in _LETTERS.items()}
_ALL = _INNER + _FIRST + _JOINT + _ONLY + _LINKED
_AS_SOUNDS = bytes.maketrans(_ALL, 4 * _INNER + b"R")
_AS_CLASSES = bytes.maketrans(_ALL, 4 * "".join(_CLASSES.values()).encode() + b"R")
_COUNTED = bytes((each in _FIRST + _JOINT + _ONLY) + (each in _ONLY) for each in range(256))
"""How many words begin at a consonant."""
_BEGINNING = bytes(each in _FIRST + _JOINT + _ONLY + _NONE for each in range(256))
_ENDING = bytes(2 if each in _JOINT + _ONLY else each == _LINKED[0] for each in range(256))
"""Which consonants a word may end with though no other begins behind it: 2 where one begins there, too."""
VOWELS_ONLY, ONE, MORE, UNREAD = range(0x10, 0x14)
"""What a word has in the stream: no consonants, one, more, or nothing, as it cannot be read aloud."""
_WEIGHTS = bytes([VOWELS_ONLY, ONE, MORE, UNREAD])
_NO_WEIGHTS = bytes(each for each in range(256) if each not in _WEIGHTS)
_BEARS = bytes(weight in (ONE, MORE) for weight in range(256))
"""Whether a word is in the stream."""
HIT = 1 << 8
"""More than the consonants of a name."""


def letters_of(sounds: str) -> str:
    """Give consonants as they are in the stream."""
    return "".join(_LETTERS[sound] for sound in sounds.translate(ALIKE))


class Stream:
    """The consonants of tokens one after the other; places are those in `sounds` and in `classes`."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        heard = b"".join(map(_HEARD.__getitem__, tokens))
        self.weights = heard.translate(None, _NO_WEIGHTS) + bytes([UNREAD])
        """What each word has in the stream; before the first word and behind the last is what is not read."""
        marks = _joined(heard.translate(None, _WEIGHTS)).replace(_R_LAST + _VOWEL_FIRST, _LINKED)
        self._marks = marks.translate(None, _MARKS) + _NONE
        self._begins, self._ends, self._goes_on = map(self._marks.translate, (_COUNTED, _ENDING, _BEGINNING))
        self.sounds = self._marks.translate(_AS_SOUNDS).decode("ascii")
        self.classes = self._marks.translate(_AS_CLASSES).decode("ascii")

    def whole(self, hits: Iterable[tuple[int, int]]) -> list[tuple[int, int, int]]:
        """Give the places of the first and the last word of hits that are all consonants of some words.

        A hit is the place of its last consonant, with the number of what was found there: `HIT` times it, and
        how many consonants are before the last.
        """
        begins, ends, goes_on = self._begins, self._ends, self._goes_on
        # Almost all are within words: this is the only thing that is asked of them.
        of_words = [
            (end, hit) for end, hit in hits if begins[end - hit % HIT] and (ends[end] or goes_on[end + 1])
        ]
        if not of_words:
            return []
        places, ordinals = self._places, self._ordinals
        return [
            (places[ordinals[end + 1 - hit % HIT]], places[ordinals[end + 1] - (ends[end] == 2)], hit // HIT)
            for end, hit in of_words
        ]

    @cached_property
    def _ordinals(self) -> list[int]:
        """Say how many words with consonants have begun before each consonant, less one."""
        return list(accumulate(self._begins, initial=-1))

    @cached_property
    def _places(self) -> list[int]:
        """Give the place of each word that has consonants among all words."""
        return list(compress(count(), self.weights.translate(_BEARS)))


def _joined(marks: bytes) -> bytes:
    """Write a consonant once that ends one word and begins the next, with nothing between."""
    for twice, once in _JOINTS:
        marks = marks.replace(twice, once)
    return marks


def _heard(token: Token) -> bytes:
    """Give what each of a token's words has in the stream, and the consonants of all of them, marked."""
    words = token.word_letters
    return bytes(map(_weight, words)) + (_joined(b"".join(map(_marked_word, words))) or _NONE)


_HEARD = Remembered(_heard, 1 << 15)


def _weight(word: str) -> int:
    sounds = aloud(word)
    return UNREAD if sounds is None else min(VOWELS_ONLY + len(sounds.classes), MORE)


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
    classes, consonants, vowels = "", "", [""]
    for read in filter(None, map(aloud, words)):
        last, (first, *others) = vowels[-1], read.vowels
        is_joint = others and consonants and not last and not first
        if (first and last.endswith(R_LAST)) or (is_joint and are_alike(consonants[-1], read.consonants[0])):
            # What the end of a word changes in the next is told by reading them anew.
            return sounding("|".join(map(read_aloud, filter(aloud, words))))
        classes, consonants = classes + read.classes, consonants + read.consonants
        vowels[-1] = f"{last}|{first}" if last and first else last or first
        vowels += others
    return Aloud(classes, consonants, tuple(vowels))
