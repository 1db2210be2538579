"""The net beneath the lists: names by their sound, in spellings and scripts that no list has."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple, TypeAlias

from rapidfuzz.distance import OSA

from moderation.names.sound import apart, consonants, readings_of, romanised

Sounding: TypeAlias = Mapping[str, "Sequence[Candidate]"]
"""Names that may be meant once their first word was read, by the sounds that their last may have."""
_SHORTEST = 5
"""Consonants that a full name must have to be known by its sound."""
_SHORTEST_WITHOUT_VOWELS = 6
"""The same in scripts that leave vowels out, and in Hangul, which puts in more."""
_UNALIGNED_FROM = 8
"""Consonants from which a name is known though other words part it: `di Caprio` and `DiCaprio`."""
_MOST_WORDS = 3
_BESIDE = 2
"""Words of a name that is known by its sound in Latin letters, too."""
_APART = 0.2
"""How far a name may sound from what was written, for each of its letters."""
_APART_WITHOUT_VOWELS = 0.15
_BETWEEN = re.compile(r"[\s・·=＝‐-]{1,3}")
_NOT_FOREIGN = r"\W\d_a-zA-Z\u00aa-\u02af\u1e00-\u1eff\u3005-\u3007\u3041-\u3096\u3400-\u9fff"
_FOREIGN = re.compile(
    rf"[^{_NOT_FOREIGN}](?:[^{_NOT_FOREIGN}]|[\u0300-\u036f\u0900-\u0d7f\u0e30-\u0e4e\u30fc'’׳])*"
)
_LATIN = re.compile("[a-z\u00c0-\u024f]+(?:['’][a-z]+)?", re.IGNORECASE)
_WITHOUT_VOWELS = re.compile("[\u0590-\u06ff\uac00-\ud7a3]")
_NATIVE = re.compile("[عحصضظذءئؤةىחע]|^ال")
"""Letters of Arabic and Hebrew that names from elsewhere are not written with, and the article."""
_VAV = re.compile("(?<=.)[וو](?=.)")
_ENDINGS = re.compile(
    "(?<=[\u0400-\u04ff]{3})(?:ами|ями|ого|его|ому|ему|ой|ей|ом|ем|ём|ым|им|ов|ев|[аяуюеиыо])$"
)
_PARTICLES = re.compile("(?<=[\uac00-\ud7a3]{2})(?:에게|처럼|에서|으로|의|이|가|은|는|을|를|와|과|랑|로|도)$")
_PREFIXES = re.compile("^(?:[وبلكف]|[בלמהוכש])(?=\\w{3})")


class _Word(NamedTuple):
    start: int
    end: int
    written: str


class _Named(NamedTuple):
    """A full name in the letters a to z, and whose it is."""

    owner: int
    words: tuple[str, ...]


class Candidate(NamedTuple):
    """A name that may be meant: whose it is, its letters, and how many of them may be written otherwise."""

    owner: int
    letters: str
    slips: int
    has_vowel: bool
    """Whether its last word begins with one."""


class SpokenIndex:
    """Full names by their consonants. `owner` is whatever number the caller gives a name."""

    def __init__(self, names: Iterable[tuple[int, Sequence[str]]]) -> None:
        self._by_consonants: dict[str, list[_Named]] = {}
        self._by_first: dict[str, list[_Named]] = {}
        """Names of two words, by the sounds of the first."""
        for owner, words in names:
            latin = tuple(filter(None, map(romanised, words)))
            if not 2 <= len(latin) <= _MOST_WORDS:
                continue
            named = _Named(owner, latin)
            for sound in readings_of(*latin):
                if len(sound) >= _SHORTEST:
                    self._by_consonants.setdefault(sound, []).append(named)
            for sound in _readings_of(latin[0]) if len(latin) == _BESIDE else ():
                self._by_first.setdefault(sound, []).append(named)

    def find(self, text: str) -> Iterator[tuple[int, int, int]]:
        """Give the owner of each name in words that are not Latin, with where it begins and ends."""
        words = [
            _Word(found.start(), found.end(), found[0].strip("'’׳")) for found in _FOREIGN.finditer(text)
        ]
        for place, first in enumerate(words):
            window = [first]
            for word in words[place + 1 : place + _MOST_WORDS]:
                if not _BETWEEN.fullmatch(text[window[-1].end : word.start]):
                    break
                window.append(word)
                if (owner := self._owner_of(window)) is not None:
                    yield owner, first.start, word.end

    def beginning(self, read: str) -> Sounding:
        """Give the names that this word, in the letters a to z, and another may be by their sound.

        Nearly all that follows a word is told to be no such name by one look at the sounds that may follow.
        """
        found: dict[str, list[Candidate]] = {}
        sound = consonants(read)
        for named in self._by_first.get(sound, ()):
            first, last = named.words
            slips = 1 + len(first + last) // 5
            if _starts_with_vowel(first) is _starts_with_vowel(read) and _is_near(first, read, slips):
                candidate = Candidate(named.owner, first + last, slips, _starts_with_vowel(last))
                for other in _readings_of(last):
                    if len(sound) + len(other) >= _SHORTEST:
                        found.setdefault(other, []).append(candidate)
        return found

    def _owner_of(self, window: Sequence[_Word]) -> int | None:
        first, *middle, last = (word.written for word in window)
        if _NATIVE.search(first) or _NATIVE.search(last):
            return None
        for one in _forms(first, _PREFIXES, _ENDINGS):
            for other in _forms(last, _ENDINGS, _PARTICLES):
                for read in _romanisations((one, *middle, other)):
                    owner = self._owner(read, has_vowels=_WITHOUT_VOWELS.match(first) is None)
                    if owner is not None:
                        return owner
        return None

    def _owner(self, read: tuple[str, ...], has_vowels: bool) -> int | None:
        """Give the name that words in the letters a to z sound like."""
        sound = "".join(map(consonants, read))
        if len(sound) < (_SHORTEST if has_vowels else _SHORTEST_WITHOUT_VOWELS):
            return None
        for owner, name in self._by_consonants.get(sound, ()):
            if len(name) != len(read):
                fits = len(sound) >= _UNALIGNED_FROM
            else:
                fits = all(map(_may_sound, name, read))
            wanted, written = "".join(name), "".join(read)
            most = (_APART if has_vowels else _APART_WITHOUT_VOWELS) * len(wanted)
            if fits and apart(wanted, written, has_vowels) <= most:
                return owner
        return None


def _romanisations(words: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Write words in the letters a to z; vav and waw may be v or a vowel."""
    yield tuple(map(romanised, words))
    if any(map(_VAV.search, words)):
        yield tuple(romanised(_VAV.sub("ب" if word[0] >= "ا" else "ב", word)) for word in words)


def _forms(word: str, *affixes: re.Pattern[str]) -> tuple[str, ...]:
    """Give a word as it is, and without what its language adds to a name."""
    return tuple(dict.fromkeys((word, *(affix.sub("", word) for affix in affixes))))


def _may_sound(name: str, read: str) -> bool:
    """Say whether a word has consonants that a word of a name may have."""
    return consonants(read) in _readings_of(name)


_readings_of = lru_cache(maxsize=1 << 13)(readings_of)
"""Of one word: those of names come again and again."""


def named_by(candidates: Iterable[Candidate], first: str, last: str) -> int | None:
    """Give the owner of the name that words in the letters a to z nearly look like."""
    written, has_vowel = first + last, _starts_with_vowel(last)
    for owner, wanted, slips, begins_with_vowel in candidates:
        looks_alike = begins_with_vowel is has_vowel and _is_near(wanted, written, slips)
        if looks_alike and apart(wanted, written) <= _APART * len(wanted):
            return owner
    return None


def _starts_with_vowel(word: str) -> bool:
    return word[0] in "aeiou"


def _is_near(wanted: str, written: str, slips: int) -> bool:
    return OSA.distance(wanted, written, score_cutoff=slips) <= slips


def is_foreign(text: str) -> bool:
    """Say whether a text has words that are not Latin."""
    return not text.isascii() and _FOREIGN.search(text) is not None
