"""Full names by ear that are cut into other words: `kim car dash ian`, `tay lore sw ift`.

The consonants of all words of a text, by their classes, are one string, and those of all names one automaton
that is looked for in it. Where a name begins and ends with words, the vowels between are compared, too. How
far they may be apart goes by how many consonants agree, and by how ordinary the words are: seven consonants
in their order are no accident, and four of them seldom anything else.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

import ahocorasick

from moderation.names.aloud import R_LAST, Aloud, are_near, readings_aloud, syllables, vowels_apart
from moderation.names.heard import SMALL
from moderation.names.listing import common_words
from moderation.names.sound import romanised
from moderation.names.stream import HIT, ONE, VOWELS_ONLY, Stream, aloud, letters_of, read_together
from moderation.reading import Reading, compared_plain

_FROM, _SYLLABLES = 4, 4
"""Consonants of a name that is known by ear; one less, if it has more syllables than these."""
_MOST_WORDS = 9
"""Words that it may be cut into."""
_FEW = 5
"""Consonants of a name that are looked for as they sound; of more only the classes must agree."""
_APART = {3: 0.005, 4: 0.025, 5: 0.045, 6: 0.055, 7: 0.075}
_APART_COMMON = {5: 0.005, 6: 0.02, 7: 0.055}
_APART_ALONE = {6: 0.055, 7: 0.075}
"""How far a name may be from what is written, for each of its sounds, by how many consonants it has; where
all words are common ones; and where it is one word. A name of one word counts as one consonant less."""
_LONGEST = 7
_PIECE = 3
"""Letters of a word that says something by itself."""
_MOST_OWNERS = 4
"""Names of the fewest consonants that may share them: those that more have say too little."""
_EDGE = 2
"""Consonants that count for nothing where a small word is at an end of it: `a macaron`."""
_ALSO_SMALL = """
    a an the in on at of to and or is as with by for from it its this that be i under over near behind into
    onto after before between while but name names named called
    un une le les du des de et au el los del una y il di um uma o do der die das ein eine und het een
    en ett na
"""
_SMALL = frozenset(compared_plain([*SMALL, *_ALSO_SMALL.split()]))
_PARTS = re.compile("[^a-z]+")


class _Named(NamedTuple):
    owner: int
    sounds: Aloud
    length: int
    """Its consonants and the vowels between."""
    is_full: bool
    """Whether it has several words, or as many syllables."""


class CutNames:
    """Names by their consonants. `owner` is whatever number the caller gives a name."""

    def __init__(self, names: Iterable[tuple[int, str]]) -> None:
        few: dict[str, list[_Named]] = defaultdict(list)
        many: dict[str, list[_Named]] = defaultdict(list)
        seen: set[Aloud] = set()
        for owner, written in names:
            # Turkish writes a ğ for what is hardly heard.
            parts = written.replace("ğ", "h").replace("-", " ").split()
            words = [word for word in (_PARTS.sub("", romanised(part)) for part in parts) if word]
            if any(len(word) == 1 for word in words):
                continue  # of an initial next to nothing is heard: `a simpson`
            for sounds in readings_aloud(words).keys() - seen:
                seen.add(sounds)
                is_full = len(words) > 1 or syllables(sounds) > _SYLLABLES
                if len(sounds.classes) + (syllables(sounds) > _SYLLABLES) >= _FROM:
                    length = len(sounds.classes) + sum(map(bool, sounds.vowels))
                    named = _Named(owner, sounds, length, is_full)
                    for key in _keys(sounds):
                        (few if len(sounds.classes) <= _FEW else many)[key].append(named)
        by_few, by_many = _told_apart(few), _told_apart(many)
        self._few, self._many = _automaton_of(by_few), _automaton_of(by_many)
        self._named = (tuple(by_few.values()), tuple(by_many.values()))

    def find(self, reading: Reading) -> Iterator[tuple[int, int, int]]:
        """Give the owner of each name, and the places of its first and its last word."""
        stream, words = Stream(reading.tokens), reading.word_letters
        for automaton, letters, named, may_be_alone in (
            (self._few, stream.sounds, self._named[0], False),
            (self._many, stream.classes, self._named[1], True),
        ):
            for first, last, place in stream.whole(automaton.iter(letters)) if len(automaton) else ():
                if last - first >= _MOST_WORDS:
                    continue
                for start, stop in _extended(words, stream.weights, first, last):
                    if may_be_alone or start < stop:
                        for owner in _meant(named[place], words[start : stop + 1]):
                            yield owner, start, stop


def _meant(named: Sequence[_Named], words: Sequence[str]) -> Iterator[int]:
    """Give the owners of names, all with as many consonants, that words sound like."""
    size = len(named[0].sounds.classes) - _EDGE * ((words[0] in _SMALL) + (words[-1] in _SMALL))
    if len(words) == 1:
        most = _APART_ALONE
    else:
        common = _common()
        most = (
            _APART
            if [each for each in words if len(each) >= _PIECE and each not in common]
            else _APART_COMMON
        )
    far, far_single = (most.get(min(consonants, _LONGEST)) for consonants in (size, size - 1))
    if far is None:
        return
    # Whatever lies between, a word has the vowels between its own consonants: they tell nearly all apart.
    for word, inner in ((words[0], 1), (words[-1], -2)):
        read = aloud(word)
        if read is not None and len(read.classes) > 1:
            vowel = read.vowels[inner]
            named = [
                each for each in named if vowels_apart(each.sounds.vowels[inner], vowel) <= far * each.length
            ]
            if not named:
                return
    written = read_together(words)
    for owner, sounds, length, is_full in named:
        apart = far if is_full else far_single
        if apart is None or sounds.classes != written.classes:
            continue
        if are_near(sounds, written, apart * length):
            yield owner


def _extended(words: Sequence[str], weights: bytes, first: int, last: int) -> Sequence[tuple[int, int]]:
    """Give where a name may begin and end: a word before it and two behind it may have no consonant.

    One before it may also have the one that the next begins with: `em ma`.
    """
    if weights[first - 1] > ONE and weights[last + 1] != VOWELS_ONLY:
        return ((first, last),)
    starts, stops = [first], [last]
    before, begun = aloud(words[first - 1]) if first else None, aloud(words[first])
    if before and begun and before.classes in ("", begun.classes[:1]):
        starts.append(first - 1)
    while len(stops) < 3 and weights[stops[-1] + 1] == VOWELS_ONLY:
        stops.append(stops[-1] + 1)
    return [(start, stop) for start in starts for stop in stops]


def _keys(sounds: Aloud) -> tuple[str, ...]:
    """Give what a reading of a name is looked for by."""
    key = letters_of(sounds.consonants) if len(sounds.classes) <= _FEW else sounds.classes
    # An r at its end is heard before a vowel, but is none of its consonants elsewhere.
    return (key, f"{key}R") if sounds.vowels[-1].endswith(R_LAST) else (key,)


def _told_apart(named: dict[str, list[_Named]]) -> dict[str, tuple[_Named, ...]]:
    """Give the names whose consonants say enough, by those, in the order of the alphabet."""
    return {
        key: tuple(each)
        for key, each in sorted(named.items())
        if len(each[0].sounds.classes) > _FROM or len({owner for owner, *_ in each}) <= _MOST_OWNERS
    }


def _automaton_of(named: Iterable[str]) -> ahocorasick.Automaton:
    """Give for each match a number: `HIT` times the place of its names, and how many letters but one it has.

    To look at a number is many times faster than to look at an object.
    """
    automaton = ahocorasick.Automaton(ahocorasick.STORE_INTS)
    for place, key in enumerate(named):
        automaton.add_word(key, HIT * place + len(key) - 1)
    automaton.make_automaton()
    return automaton


@lru_cache(maxsize=1)
def _common() -> frozenset[str]:
    return frozenset(compared_plain(common_words()))
