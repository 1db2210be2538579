"""A register of names: everything that a list of names is looked for by.

Three nets, from fine to coarse. One automaton over the stream of letters has every spelling of every name,
forwards and backwards, so that whatever the stream makes equal is found: look-alikes, leet, spaced letters,
weights between them. `near` finds words with small slips beside each other, `spoken` full names by their
sound.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

import ahocorasick

from moderation.names.bare import BareIndex
from moderation.names.fit import Spelling, span_of_match
from moderation.names.listing import Name, common_words
from moderation.names.masked import MaskedNames
from moderation.names.near import TURNED, NearIndex, budget, sounds_alike
from moderation.names.sound import consonants, is_bare, romanised
from moderation.names.spoken import Sounding, SpokenIndex, is_foreign, named_by
from moderation.reading import Reading, compared_plain

_REVERSED_FROM = 8
"""Letters that a full name must have to be looked for backwards."""
_SINGLE_SLIPS = ((11, 2), (8, 1))
_SHORTEST = 6
"""Letters that a full name must have to be known by its words."""
_FAR_FROM = 8
"""Letters that a name must have to be known with a word in it, or its words the other way round."""
_TURNED_FROM = 4
"""Letters of a common word that may be a name with two letters turned."""
_JOINED = re.compile(r"[\s._-]+")
_JOINS = frozenset(["and", "or", "with", "vs", "plus", "und", "et", "y", "e"]) | frozenset(
    ["on", "in", "at", "by", "of", "for", "to", "from", "near", "under", "over", "off", "into", "behind"]
)
"""What stands between two things, and not between the words of one name: `tom on a cruise`."""


class Found(NamedTuple):
    """A name that was found, where it stands in a reading, and whether letter by letter."""

    name: Name
    reading: Reading
    start: int
    end: int

    @property
    def span(self) -> tuple[int, int]:
        """Give where it stands in the text."""
        return self.start, self.end

    @property
    def quote(self) -> str:
        """Give what the member wrote."""
        return self.reading.text[self.start : self.end]


class _Full(NamedTuple):
    """A full name by its first and last words: whose it is, the words between them, its letters."""

    owner: int
    between: tuple[str, ...]
    size: int


class _Begun(NamedTuple):
    """A name that begins with a word, with the slips in that, or ends with it and is the other way round."""

    full: _Full
    slips: float
    is_turned: bool


class _Facts(NamedTuple):
    """What a register knows of a word; of most words nothing."""

    near: dict[str, float]
    """The words of names that it may be meant for, with the slips in each."""
    begun: dict[str, list[_Begun]]
    """The names whose first or last word it may be meant for, by the other of the two."""
    owners: tuple[int, ...]
    """The names that it is all by itself."""
    read: str
    """It in the letters a to z."""
    sound: str
    """Its consonants; none of a common word."""
    sounding: Sounding
    """The names that it may begin by its sound."""
    is_bare: bool
    """Whether it has no vowel behind its first letter."""


class Register:
    """Names to look for. `find` gives every name in a reading, possibly several times."""

    def __init__(self, names: Iterable[Name]) -> None:
        self._names = tuple(names)
        spellings = [
            Spelling.of(owner, spelling)
            for owner, name in enumerate(self._names)
            for spelling in name.spellings
        ]
        self._common = frozenset(compared_plain(common_words()))
        self._automaton = _automaton(spellings)
        alphabetic = [spelling for spelling in spellings if spelling.is_alphabetic]
        self._pairs: dict[str, dict[str, _Full]] = defaultdict(dict)
        self._singles: dict[str, int] = {}
        for spelling in alphabetic:
            words = spelling.words
            if len(words) == 1:
                self._singles.setdefault(words[0], spelling.owner)
            elif words:
                full = _Full(spelling.owner, words[1:-1], spelling.size)
                self._pairs[words[0]].setdefault(words[-1], full)
        backwards: dict[str, dict[str, _Full]] = defaultdict(dict)
        for first, lasts in self._pairs.items():
            for last, full in lasts.items():
                backwards[last][first] = full
        self._backwards = backwards
        self._near = NearIndex({*self._pairs, *backwards, *self._singles})
        self._spoken = SpokenIndex(
            (spelling.owner, spelling.written.split()) for spelling in alphabetic if spelling.is_latin
        )
        self._bare = BareIndex((each.owner, each.words) for each in alphabetic if each.is_latin)
        self._masked = MaskedNames({*self._pairs, *backwards}, self._near.near)
        self._facts = lru_cache(maxsize=1 << 15)(self._known)

    def find(self, reading: Reading) -> Iterator[Found]:
        """Give the names in a text."""
        for last, spellings in self._automaton.iter(reading.squeezed):
            for spelling in spellings:
                span = span_of_match(spelling, reading, last + 1 - len(spelling.letters))
                if span is not None:
                    yield self._found(spelling.owner, reading, *span)
        words = reading.word_letters
        facts = [*map(self._facts, words), None]
        near = [*(fact.near if fact else {} for fact in facts), {}, {}]
        for place, fact in enumerate(facts):
            if fact is None:
                continue
            for owner in fact.owners:
                yield self._words_found(owner, reading, place, place)
            if fact.begun:
                is_none = fact.begun.keys().isdisjoint
                # Almost always that is all, and many times sooner than to look at each.
                if not (is_none(near[place + 1]) and is_none(near[place + 2]) and is_none(near[place + 3])):
                    for owner, last in self._pairs_from(words, facts, place):
                        yield self._words_found(owner, reading, place, last)
            if (after := facts[place + 1]) is None:
                continue
            if fact.is_bare and after.is_bare:
                bare = self._bare.beside(*words[place : place + 2])
                if bare is not None and _are_beside(reading, place):
                    yield self._words_found(bare, reading, place, place + 1)
            if after.sound in fact.sounding:
                sounding = named_by(fact.sounding[after.sound], fact.read, after.read)
                if sounding is not None and _are_beside(reading, place):
                    yield self._words_found(sounding, reading, place, place + 1)
        for first, last, start, stop in self._masked.find(reading.text, self._lasts):
            yield Found(self._names[self._pairs[first][last].owner], reading, start, stop)
        if is_foreign(reading.text):
            for owner, start, stop in self._spoken.find(reading.text):
                yield Found(self._names[owner], reading, start, stop)

    def across(self, readings: Sequence[Reading]) -> Iterator[Found]:
        """Give the names whose words stand in different texts."""
        words = [{word: place for place, word in enumerate(each.word_letters)} for each in readings]
        for place, here in enumerate(words):
            for first in here.keys() & self._pairs.keys():
                for other, there in enumerate(words):
                    for last in there.keys() & self._pairs[first].keys() if other != place else ():
                        full = self._pairs[first][last]
                        if full.size >= _FAR_FROM and not {first, last} & self._common:
                            yield self._words_found(full.owner, readings[other], there[last], there[last])

    def _lasts(self, first: str) -> Mapping[str, _Full]:
        return self._pairs.get(first, {})

    def _found(self, owner: int, reading: Reading, first: int, end: int) -> Found:
        return Found(self._names[owner], reading, *reading.span(first, end))

    def _words_found(self, owner: int, reading: Reading, first: int, last: int) -> Found:
        """Give a name that stands in the words from `first` to `last`."""
        places = reading.word_places
        return self._found(owner, reading, places[first][0], places[last][1])

    def _known(self, word: str) -> _Facts | None:
        near = self._near.near(word) if len(word) > 1 else ()
        is_rare = len(word) > 2 and word not in self._common
        if word in self._common:
            near = tuple((known, slips) for known, slips in near if _may_be_meant(word, known, slips))
        owners: list[int] = []
        if is_rare and len(word) >= 7:
            owners += [
                self._singles[known]
                for known, slips in near
                if word.isascii() and known in self._singles and 0 < slips <= _single_slips(len(known))
            ]
            owners += self._glued_name(word)
        read = romanised(word)
        sound = consonants(read) if is_rare else ""
        begun: dict[str, list[_Begun]] = {}
        for known, slips in near:
            for last, full in self._pairs.get(known, {}).items():
                if full.size >= _SHORTEST and slips <= budget(full.size):
                    begun.setdefault(last, []).append(_Begun(full, slips, False))
            for first, full in self._backwards.get(known, {}).items() if not slips else ():
                if full.size >= _FAR_FROM:
                    begun.setdefault(first, []).append(_Begun(full, slips, True))
        bare = word not in self._common and is_bare(word)
        if bare and (owner := self._bare.joined(word)) is not None:
            owners.append(owner)
        if not (near or owners or sound or bare):
            return None
        sounding = self._spoken.beginning(read) if sound else {}
        return _Facts(dict(near), begun, tuple(owners), read, sound, sounding, bare)

    def _pairs_from(
        self, words: Sequence[str], facts: Sequence[_Facts | None], place: int
    ) -> Iterator[tuple[int, int]]:
        """Give names that begin at a word, slips allowed, and the place of their last word."""
        if (here := facts[place]) is None:
            return
        begun = here.begun
        for other in range(place + 1, min(place + 4, len(words))):
            if (there := facts[other]) is None:
                continue
            for last in begun.keys() & there.near.keys():
                more = there.near[last]
                for full, slips, is_turned in begun[last]:
                    if self._is_pair(words[place : other + 1], full, slips + more, is_turned):
                        yield full.owner, other

    def _is_pair(self, words: Sequence[str], full: _Full, slips: float, turned: bool) -> bool:
        """Say whether words, the first and last of which are those of a name, are that name."""
        common = {words[0], words[-1]} & self._common
        between = tuple(words[1:-1])
        if slips:
            as_listed = not turned and between == full.between
            return as_listed and slips <= budget(full.size) and (slips <= 1 or not common)
        if not between and not turned:
            return full.size >= _SHORTEST and (not full.between or len(common) < len(words))
        if turned and (between or not self._may_be_turned(full.owner, words)):
            return False
        return full.size >= _FAR_FROM and len(common) < 2 and not set(between) & (self._common | _JOINS)

    def _may_be_turned(self, owner: int, words: Sequence[str]) -> bool:
        """Say whether two words are not plain ones: `swift taylor` may be, `trump` alone is somebody."""
        is_plain = self._names[owner].is_plain and words[-1] in self._common
        return not is_plain or self._singles.get(words[0]) == owner

    def _glued_name(self, word: str) -> Iterator[int]:
        """Give the names that a long word is, written together, with slips in one part."""
        near, slips = self._near.near, budget(len(word))
        for place in range(3, len(word) - 2):
            head, tail = word[:place], word[place:]
            lasts, firsts = self._pairs.get(head, {}), self._backwards.get(tail, {})
            for last, count in near(tail) if lasts else ():
                if last in lasts and count <= slips:
                    yield lasts[last].owner
            for first, count in near(head) if firsts else ():
                if first in firsts and count <= slips:
                    yield firsts[first].owner
            if (turned := self._pairs.get(tail, {}).get(head)) and turned.size >= _FAR_FROM:
                yield turned.owner


def _are_beside(reading: Reading, place: int) -> bool:
    """Say whether nothing but a space, or what is written for one, lies between a word and the next."""
    places = reading.word_places
    start, stop = reading.span(places[place][0], places[place + 1][1])
    return _JOINED.split(reading.text[start:stop]) == [
        reading.quote(*places[each]) for each in (place, place + 1)
    ]


def _may_be_meant(word: str, known: str, slips: float) -> bool:
    """Say whether a common word may be a slip of a name: `tailor` for `taylor`, `bard` for `brad`."""
    if slips == TURNED:
        return len(word) >= _TURNED_FROM and word[0] == known[0]
    return slips == 0 or (slips == 1 and len(word) >= 5 and sounds_alike(word, known))


def _single_slips(letters: int) -> int:
    return next((slips for shortest, slips in _SINGLE_SLIPS if letters >= shortest), 0)


def _automaton(spellings: Iterable[Spelling]) -> ahocorasick.Automaton:
    by_letters: dict[str, list[Spelling]] = defaultdict(list)
    for spelling in spellings:
        for form in (spelling, *spelling.other_forms(_REVERSED_FROM)):
            if form.letters:
                by_letters[form.letters].append(form)
    automaton = ahocorasick.Automaton()
    for letters, found in by_letters.items():
        automaton.add_word(letters, tuple(found))
    automaton.make_automaton()
    return automaton
