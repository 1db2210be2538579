"""A register of names: everything that a list of names is looked for by.

Three nets, from fine to coarse. One automaton over the stream of letters has every spelling of every name,
forwards and backwards, so that whatever the stream makes equal is found: look-alikes, leet, spaced letters,
weights between them. `near` finds words with small slips beside each other, `spoken` full names by their
sound.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

import ahocorasick

from moderation.names.fit import Spelling, span_of_match
from moderation.names.listing import Name, common_words
from moderation.names.near import TURNED, NearIndex, budget, sounds_alike
from moderation.names.sound import bare_of, consonants, is_bare, romanised
from moderation.names.spoken import SpokenIndex, is_foreign
from moderation.reading import Reading, compared_plain

_REVERSED_FROM = 8
"""Letters that a full name must have to be looked for backwards."""
_SINGLE_SLIPS = ((11, 2), (8, 1))
_SHORTEST = 6
"""Letters that a full name must have to be known by its words."""
_FAR_FROM = 8
"""Letters that a name must have to be known with a word in it, or its words the other way round."""
_BARE_WORDS, _BARE_FROM = 2, 5
"""Words of a name that is known without its vowels, and consonants that it must have."""
_TURNED_FROM = 4
"""Letters of a common word that may be a name with two letters turned."""
_JOINS = frozenset(["and", "or", "with", "vs", "plus", "und", "et", "y", "e"])


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
    sound: str | None
    """Its consonants; None of a common word."""
    bare: str | None = None
    """The same as they are typed, of a word that has no vowel behind its first letter."""


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
        self._bare = {
            f"{bare_of(words[0])} {bare_of(words[-1])}": (spelling.owner, words[0], words[-1])
            for spelling in alphabetic
            if spelling.is_latin and len(words := spelling.words) == _BARE_WORDS
        }
        self._facts = lru_cache(maxsize=1 << 15)(self._known)
        self._sounding = lru_cache(maxsize=1 << 13)(self._spoken.latin)

    def find(self, reading: Reading) -> Iterator[Found]:
        """Give the names in a text."""
        for last, spellings in self._automaton.iter(reading.squeezed):
            for spelling in spellings:
                span = span_of_match(spelling, reading, last + 1 - len(spelling.letters))
                if span is not None:
                    yield self._found(spelling.owner, reading, *span)
        words = reading.word_letters
        facts = [*map(self._facts, words), None]
        for place, fact in enumerate(facts):
            if fact is None:
                continue
            for owner in fact.owners:
                yield self._words_found(owner, reading, place, place)
            if fact.begun:
                for owner, last in self._pairs_from(words, facts, place):
                    yield self._words_found(owner, reading, place, last)
            after = facts[place + 1]
            if fact.bare is not None and after is not None and after.bare is not None:
                yield from self._named_barely(reading, place)
            if fact.sound and after and after.sound and fact.sound + after.sound in self._spoken:
                sounding = self._sounding(words[place], words[place + 1])
                if sounding is not None and _are_beside(reading, place):
                    yield self._words_found(sounding, reading, place, place + 1)
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

    def _named_barely(self, reading: Reading, place: int) -> Iterator[Found]:
        """Give the name that two words without vowels are: `dnld trmp`."""
        written = reading.word_letters[place : place + _BARE_WORDS]
        found = self._bare.get(" ".join(map(bare_of, written)))
        if found is None or sum(map(len, written)) < _BARE_FROM or not _are_beside(reading, place):
            return
        owner, *named = found
        if all(each[0] in (name[0], bare_of(name)[:1]) for each, name in zip(written, named, strict=True)):
            yield self._words_found(owner, reading, place, place + 1)

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
        sound = consonants(romanised(word)) if is_rare else None
        begun: dict[str, list[_Begun]] = {}
        for known, slips in near:
            for table, is_turned in ((self._pairs, False), (self._backwards, True)):
                for last, full in table.get(known, {}).items():
                    begun.setdefault(last, []).append(_Begun(full, slips, is_turned))
        bare = bare_of(word) if word not in self._common and is_bare(word) else None
        if not (near or owners or sound or bare):
            return None
        return _Facts(dict(near), begun, tuple(owners), sound, bare)

    def _pairs_from(
        self, words: Sequence[str], facts: Sequence[_Facts | None], place: int
    ) -> Iterator[tuple[int, int]]:
        """Give names that begin at a word, slips allowed, and the place of their last word."""
        if (here := facts[place]) is None:
            return
        is_disjoint = here.begun.keys().isdisjoint
        for other, there in enumerate(facts[place + 1 : place + 4], place + 1):
            # Almost all are, and that is known many times sooner than by looking at each.
            if there is None or not there.near or is_disjoint(there.near):
                continue
            for last, more in there.near.items():
                for full, slips, is_turned in here.begun.get(last, ()):
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
        if turned and (between or (self._names[full.owner].is_plain and words[-1] in self._common)):
            return False
        return full.size >= _FAR_FROM and len(common) < 2 and not set(between) & (self._common | _JOINS)

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
    """Say whether nothing but a space lies between a word and the next."""
    places = reading.word_places
    start, stop = reading.span(places[place][0], places[place + 1][1])
    return reading.text[start:stop].split() == [reading.quote(*places[each]) for each in (place, place + 1)]


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
