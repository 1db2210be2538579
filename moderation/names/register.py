"""A register of names: everything that a list of names is looked for by.

Three nets, from fine to coarse. One automaton over the stream of letters has every spelling of every name,
forwards and backwards, so that whatever the stream makes equal is found: look-alikes, leet, spaced letters,
weights between them. `near` finds words with small slips beside each other, `spoken` full names by their
sound, `cut` full names by ear, however words cut them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import chain, compress, count

from moderation.names import mixed
from moderation.names.bare import BareIndex
from moderation.names.by_letters import ByLetters
from moderation.names.cases import uninflected
from moderation.names.cut import CutNames
from moderation.names.facts import UNKNOWN, Facts, Full, Glance
from moderation.names.fit import span_of_match, words_of
from moderation.names.found import Found
from moderation.names.glued import glued_names
from moderation.names.heard import Heard, Named, is_verb, owner_of
from moderation.names.initials import Initials
from moderation.names.keyed import KeyedNames
from moderation.names.listing import Name, common_words, no_slips
from moderation.names.masked import MaskedNames
from moderation.names.near import TURNED, NearIndex, sounds_alike
from moderation.names.pairs import Pairs
from moderation.names.parted import Parted
from moderation.names.plain import is_behind_article
from moderation.names.single import SINGLE_FROM, Owner, SingleNames
from moderation.names.sound import consonants, is_bare, romanised
from moderation.names.spellings import also_called, spellings_of
from moderation.names.spoken import SpokenIndex, is_foreign, named_by
from moderation.names.surnames import Surnames
from moderation.reading import Reading, compared_plain
from moderation.remembered import Remembered
from moderation.scripts import may_be_latin
from moderation.tokens import Token

_ALSO_OTHER_FROM = 5
"""Letters of a word of names that may be a slip of another, too: `mikey mouse`."""
_SPELLED_OUT_FROM = 7
"""Letters of a name that is not there by chance."""
_BESIDE = 2
_REMEMBERED = 1 << 15
"""Words of which it is remembered what is known."""
_TURNED_FROM = 4
"""Letters of a common word that may be a name with two letters turned."""
_JOINED = re.compile(r"[\s._-]+")
_ENDED = re.compile(r"[,.;:!?\n]\s")
_WORD = re.compile(r"[^\W\d_]+")


class Register:
    """Names to look for. `find` gives every name in a reading, possibly several times."""

    def __init__(self, names: Iterable[Name]) -> None:
        self._names = tuple(names)
        self._common = frozenset(compared_plain(common_words()))
        spellings = spellings_of(self._names)
        self._spelled = ByLetters(spellings)
        alphabetic = [spelling for spelling in spellings if spelling.is_alphabetic]
        self._singles: dict[str, int] = {}
        self._pairs = Pairs(self._singles)
        for spelling in alphabetic:
            words = spelling.words
            if len(words) == 1:
                self._singles.setdefault(words[0], spelling.owner)
            elif words:
                is_plain = self._names[spelling.owner].is_plain
                self._pairs.add(words, Full(spelling.owner, words[1:-1], spelling.size, is_plain))
        for owner, others in also_called(self._names):
            if len(others) > 1:
                self._pairs.add(others, Full(owner, tuple(others[1:-1]), sum(map(len, others)), False))
        self._near = NearIndex(self._pairs.words.union(self._singles))
        plain = {word for word, owner in self._singles.items() if self._names[owner].is_plain}
        plain = {word for word in plain if word in self._common or self._is_all_of_a_name(word)}
        surnames = {word for word in plain if self._is_surname(word)}
        self._single = SingleNames(
            self._singles,
            {each.words[0] for each in alphabetic if each.is_latin and len(each.words) == 1},
            self._near,
            (common_words() | plain) - surnames,
        )
        self._spoken = SpokenIndex(
            (spelling.owner, spelling.written.split()) for spelling in alphabetic if spelling.is_latin
        )
        self._bare = BareIndex((each.owner, each.words) for each in alphabetic if each.is_latin)
        self._surnames = Surnames(
            (each.owner, each.written, each.words) for each in alphabetic if each.is_latin
        )
        self._heard = Heard((each.owner, each.written) for each in alphabetic if each.is_latin)
        self._cut = CutNames((each.owner, each.written) for each in alphabetic if each.is_latin)
        self._parted = Parted((each.owner, each.written, each.words) for each in alphabetic)
        self._keyed = KeyedNames((each.owner, each.written) for each in alphabetic if each.is_latin)
        self._initials = Initials((each.owner, each.words) for each in alphabetic if each.is_latin)
        self._masked = MaskedNames(self._pairs.words, self._singles.keys() - plain, self._near.near)
        self._facts = Remembered(self._known, _REMEMBERED)
        self._glance = Remembered(self._glance_of, _REMEMBERED)
        self._glances = Remembered(self._glances_of, _REMEMBERED)

    def find(self, reading: Reading) -> Iterator[Found]:
        """Give the names in a text."""
        yield from self._by_letters(reading)
        yield from self._by_words(reading)
        yield from self._cut_up(reading)
        for owner, start, stop, is_said in self._parted.find(reading):
            yield Found(self._names[owner], reading, start, stop, is_said)
        for first, last, start, stop in self._masked.find(reading.text, self._pairs.lasts):
            yield Found(self._names[self._pairs.lasts(first)[last].owner], reading, start, stop)
        for single, start, stop in self._masked.singles(reading.text):
            yield Found(self._names[self._singles[single]], reading, start, stop)
        for owner, start, stop in (*self._keyed.find(reading), *self._written_otherwise(reading.text)):
            yield Found(self._names[owner], reading, start, stop)

    def spelled_out(self, reading: Reading) -> Iterator[Found]:
        """Give the names in letters that may happen to stand there: those that have enough of them."""
        for found in self._by_letters(reading):
            if sum(map(str.isalpha, found.quote)) >= _SPELLED_OUT_FROM:
                yield found

    def _written_otherwise(self, text: str) -> Iterator[tuple[int, int, int]]:
        yield from self._initials.find(text)
        if is_foreign(text):
            yield from self._spoken.find(text)
            lasts, firsts = (partial(_others, names) for names in (self._pairs.lasts, self._pairs.firsts))
            yield from mixed.find(text, lasts, firsts)

    def _by_letters(self, reading: Reading) -> Iterator[Found]:
        for place, spellings in self._spelled.find(reading):
            for spelling in spellings:
                if (span := span_of_match(spelling, reading, place)) is not None:
                    found = self._found(spelling.owner, reading, *span)
                    if (
                        not spelling.is_latin
                        or found.quote.isascii()
                        or may_be_latin(found.quote, found.around)
                    ):
                        yield found

    def _by_words(self, reading: Reading) -> Iterator[Found]:
        glances = list(chain.from_iterable(map(self._glances.__getitem__, reading.tokens)))
        if not glances:
            return
        # Almost always nothing comes of any of this, and sooner by columns than word by word.
        columns = zip(*glances, strict=True)
        others, is_parted, near, sounds, sounding, is_more, letter, letters, heard, ears = columns
        if any(is_more):
            yield from self._by_single_words(reading, list(compress(count(), is_more)))
        yield from self._by_pairs(reading, others, near, is_parted)
        following = compress(zip(count(), sounding, sounds[1:], strict=False), sounding)
        for place in [place for place, may_follow, sound in following if sound in may_follow]:
            yield from self._beside(self._sounding(*reading.word_letters[place : place + 2]), reading, place)
        surnamed = compress(zip(count(), letter, letters[1:], strict=False), letters[1:])
        for place in [place for place, one, other in surnamed if one & other]:
            yield from self._by_surname(reading, place)
        beginning = compress(zip(count(), heard, ears[1:], strict=False), heard)
        for place, names, ear in beginning:
            if ear and not names.keys().isdisjoint(ear):
                sounding_so = [each for key in sorted(ear) for each in names.get(key, ())]
                yield from self._by_ear(reading, place, sounding_so)

    def _by_pairs(
        self,
        reading: Reading,
        others: Sequence[frozenset[str]],
        near: Sequence[frozenset[str]],
        is_parted: Sequence[bool],
    ) -> Iterator[Found]:
        """Find names by their first and last words, where `Glance` tells that words may be such."""
        words, none = reading.word_letters, frozenset[str]()
        near = (*near, none, none, none)
        for place in [
            place
            for place, begun in compress(enumerate(others), others)
            if not (
                begun.isdisjoint(near[place + 1])
                and begun.isdisjoint(words[place + 2 : place + 4])
                and (not is_parted[place] or begun.isdisjoint(near[place + 2] | near[place + 3]))
            )
        ]:
            for owner, last in self._pairs.beginning_at(words, place, self._facts, is_parted[place]):
                found = self._words_found(owner, reading, place, last)
                if not _are_other_words(found):
                    yield found

    def _by_surname(self, reading: Reading, place: int) -> Iterator[Found]:
        """Find a name in a common word and the surname behind it, which must stand there as it is written."""
        first, last = reading.word_letters[place : place + 2]
        owner = self._surnames.owner(first, last)
        if owner is not None:
            written = reading.quote(*reading.word_places[place + 1]).casefold()
            if written == self._surnames.written(last):
                yield from self._beside(owner, reading, place)

    def _by_ear(self, reading: Reading, place: int, names: Sequence[Named]) -> Iterator[Found]:
        """Find one of these names in two words that sound like it.

        They are no sentence, as in `tom crews the ship`, and no thing, as in `a mat demon mask`.
        """
        first, last = (reading.quote(*each).casefold() for each in reading.word_places[place : place + 2])
        for found in self._beside(owner_of(names, first, last), reading, place):
            are_common = first in common_words() and last in common_words()
            is_thing = are_common and is_behind_article(reading.text, found.start)
            if not is_thing and not is_verb(last, reading.text[found.end :]):
                yield found

    def _cut_up(self, reading: Reading) -> Iterator[Found]:
        """Find names by ear that are cut into other words, between which nothing ends."""
        for owner, first, last in self._cut.find(reading):
            found = self._words_found(owner, reading, first, last)
            is_thing = self._common.issuperset(reading.word_letters[first : last + 1]) and is_behind_article(
                reading.text, found.start
            )
            is_sentence = _ENDED.search(found.quote) or is_verb(found.quote, reading.text[found.end :])
            if not is_thing and not is_sentence:
                yield found

    def _by_single_words(self, reading: Reading, places: Sequence[int]) -> Iterator[Found]:
        """Find names of one word, and of two without vowels, at places where such a word is."""
        words = reading.word_letters
        facts = {place: self._facts[words[place]] for place in places}
        for place, each in facts.items():
            for owner, is_latin in each.owners:
                found = self._words_found(owner, reading, place, place)
                is_meant = not is_latin or found.quote.isascii() or may_be_latin(found.quote, found.around)
                if is_meant and found.quote.casefold() not in no_slips():
                    yield found
            if each.is_bare and (after := facts.get(place + 1)) and after.is_bare:
                yield from self._beside(self._bare.beside(*words[place : place + 2]), reading, place)

    def _sounding(self, word: str, after: str) -> int | None:
        fact, other = self._facts[word], self._facts[after]
        return named_by(fact.sounding[other.sound], fact.read, other.read)

    def _beside(self, owner: int | None, reading: Reading, place: int) -> Iterator[Found]:
        if owner is not None and _are_beside(reading, place):
            yield self._words_found(owner, reading, place, place + 1)

    def across(self, readings: Sequence[Reading]) -> Iterator[Found]:
        """Give the names whose words stand in different texts."""
        words = [{word: place for place, word in enumerate(each.word_letters)} for each in readings]
        for place, here in enumerate(words):
            for other, there in enumerate(words):
                for first in here if other != place else ():
                    for last, full in self._pairs.spread(first, there):
                        yield self._words_found(full.owner, readings[other], there[last], there[last])

    def _found(self, owner: int, reading: Reading, first: int, end: int) -> Found:
        return Found(self._names[owner], reading, *reading.span(first, end))

    def _words_found(self, owner: int, reading: Reading, first: int, last: int) -> Found:
        """Give a name that stands in the words from `first` to `last`."""
        places = reading.word_places
        return self._found(owner, reading, places[first][0], places[last][1])

    def _glances_of(self, token: Token) -> tuple[Glance, ...]:
        return tuple(map(self._glance.__getitem__, token.word_letters))

    def _glance_of(self, word: str) -> Glance:
        return self._facts[word].glance

    def _known(self, word: str) -> Facts:
        near = self._near.near(word) if len(word) > 1 else ()
        is_rare = len(word) > 2 and word not in self._common
        if is_rare and len(word) >= _ALSO_OTHER_FROM and word in self._near.words:
            near = (*near, *(each for each in self._near.others(word) if 0 < each[1] <= 1))
        if is_rare and all(slips for _, slips in near):
            near = (*near, *((stem, TURNED) for stem, _ in uninflected(word) if stem in self._near.words))
        if word in self._common:
            near = tuple((known, slips) for known, slips in near if _may_be_meant(word, known, slips))
        owners: list[Owner] = []
        if is_rare and len(word) >= SINGLE_FROM:
            owners += self._single.owners(word)
            owners += [(owner, True) for owner in glued_names(word, self._pairs, self._near)]
        read = romanised(word)
        sound = consonants(read) if is_rare else ""
        bare = word not in self._common and is_bare(word)
        if bare and (owner := self._bare.joined(word)) is not None:
            owners.append((owner, True))
        letter, letters = self._surnames.letter(word), self._surnames.letters(word)
        heard, ear = self._heard.lasts(word), self._heard.last(word)
        if not (near or owners or sound or bare or letter or letters or heard or ear):
            return UNKNOWN
        sounding = self._spoken.beginning(read) if sound else {}
        begun = self._pairs.begun(near)
        return Facts(
            dict(near), begun, tuple(owners), read, sound, sounding, bare, letter, letters, heard, ear
        )

    def _is_all_of_a_name(self, word: str) -> bool:
        return words_of(self._names[self._singles[word]].name) == (word,)

    def _is_surname(self, word: str) -> bool:
        """Say whether a name that is a plain word, too, is somebody's surname: its cases are no such word."""
        _, *last = words_of(self._names[self._singles[word]].name)
        return last[-1:] == [word]


def _others(names: Callable[[str], Mapping[str, Full]], word: str) -> dict[str, int]:
    """Give the words that make a name of two words with one, and whose names they are."""
    return {other: full.owner for other, full in names(word).items() if not full.between}


def _are_other_words(found: Found) -> bool:
    """Say whether two words are common ones, the last of which is none of the name: `bread pit`."""
    written = _WORD.findall(found.quote.casefold())
    if not 0 < len(written) <= _BESIDE or not common_words().issuperset(written):
        return False
    theirs = [word for spelling in found.name.spellings for word in spelling.casefold().split()]
    theirs = [word for word in theirs if len(word) > 1]
    return not any(written[-1].startswith(word) or (len(written) == 1 and word in written) for word in theirs)


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
