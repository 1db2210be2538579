"""A list of terms, looked for in what was said."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, cached_property
from itertools import groupby
from operator import attrgetter, itemgetter
from typing import NamedTuple, TypeAlias
from unicodedata import category, normalize

import ahocorasick

from moderation import manifest
from moderation.beginnings import Beginnings
from moderation.reading import Reading, compared
from moderation.tokens import Gap, Letter, Token

_SPELLED_FROM = 4
"""Letters that a term needs to be looked for among letters spelled one by one: shorter terms would be found
in too many of them."""
_STRETCHED_FROM = 3
"""How often a letter must stand side by side to count as stretched: `rapping` is not said of rape."""


def _parted(stem: str) -> Iterator[str]:
    """Give a word with a sign between its doubled letters, which may have been put there: `bo-oks`."""
    if _DOUBLED.search(stem) and " " not in stem:
        yield _DOUBLED.sub(r"\1-\1", stem)


_DOUBLED = re.compile(r"([a-z])\1")
_LOOKS_DIFFERENT = re.compile("[\u0370-\u03ff\u0530-\u058f]")
"""Greek and Armenian: their capitals look like other Latin letters than their small ones do."""


def in_capitals(written: str) -> Iterator[str]:
    """Give a word with a capital and in capitals, as far as that is read as other letters."""
    if _LOOKS_DIFFERENT.search(written):
        # Greek capitals have no accents where a whole word is in them.
        bare = "".join(c for c in normalize("NFD", written) if category(c) != "Mn")
        cased = (written.capitalize(), written.title(), written.upper(), bare.upper())
        yield from (each for each in cased if compared(each) != compared(written))


class Match(NamedTuple):
    """Where a term was found: the letters from `first` to before `end` of a reading."""

    reading: Reading
    first: int
    end: int
    term: str

    @property
    def span(self) -> tuple[int, int]:
        """Give where it stands in the text."""
        return self.reading.span(self.first, self.end)

    @property
    def own_span(self) -> tuple[int, int]:
        """Give where the term's own letters stand in the text: no ending, nor what it is joined to."""
        letters = compared(self.term.removesuffix("*"))
        first = self.reading.letters.find(letters, self.first, self.end)
        return self.span if first < 0 else self.reading.span(first, first + len(letters))

    @property
    def quote(self) -> str:
        """Give what the member wrote."""
        return self.reading.quote(self.first, self.end)


class _Term:
    """A term as it is looked for."""

    def __init__(self, written: str, spelled: str) -> None:
        self.written = written
        self.is_stem = written.endswith("*")
        self._spelled = spelled

    @cached_property
    def letters(self) -> tuple[Letter, ...]:
        """Give the letters: only of terms that a text seems to have, for there are thousands."""
        reading = Reading(self._spelled)
        return tuple(reading[place] for place in range(len(reading.letters)))


class Lexicon:
    """Terms to look for: words or phrases, matched as whole words; `*` at the end stands for any ending.

    A term is found however it is written (see `moderation.reading`): with letters stretched (`nuuude`),
    parted by signs (`nu-de`) or spelled out (`n u d e`), in look-alikes or leet. i and l are told apart where
    they were typed as such. A phrase is also found with its spaces left out.

    Terms in kanji, hiragana, Thai and other scripts without spaces are found anywhere; a run of katakana is a
    word (`ヌード` is not in `ヌードル`).

    `SEXUAL = Lexicon(terms("sexual"))`, then `SEXUAL.find(said.wanted)`: the match that ends first, or None;
    `match.quote` is the member's text. A match that overlaps one of `innocent` does not count.
    """

    def __init__(self, terms: Iterable[str], innocent: Lexicon | None = None) -> None:
        self._terms = tuple(terms)
        self._innocent = innocent

    def find(self, readings: Iterable[Reading]) -> Match | None:
        """Give the first match in any reading, or None."""
        return next((match for reading in readings for match in self.matches(reading)), None)

    def matches(self, reading: Reading) -> tuple[Match, ...]:
        """Give all matches in a reading, but for those that overlap an innocent one."""
        found = reading.memo.get(self)
        if not isinstance(found, tuple):
            found = reading.memo[self] = tuple(
                match
                for match in self._found(reading)
                if self._innocent is None or not self._innocent.overlaps(match)
            )
        return found

    def overlaps(self, match: Match) -> bool:
        """Say whether a term of this list shares a letter with a match of another."""
        return any(own.first < match.end and match.first < own.end for own in self.matches(match.reading))

    def taken_out(self, readings: Iterable[Reading]) -> Iterator[Reading]:
        """Give the readings without the terms, for patterns that are no list of terms."""
        for reading in readings:
            yield reading.without(match.span for match in self.matches(reading))

    def _found(self, reading: Reading) -> Iterator[Match]:
        for first, length, terms in self._begun(reading):
            for term in terms:
                if not term.is_stem and not reading.gaps[first + length]:
                    continue
                if (end := _end(term, reading, first, first + length)) is not None:
                    yield Match(reading, first, end, term.written)

    def _begun(self, reading: Reading) -> Iterator[tuple[int, int, tuple[_Term, ...]]]:
        """Give where words begin as terms do, and with how many letters, the first that ends first."""
        if not self._terms or len(reading.letters) < self._shortest:
            return
        gaps, text = reading.gaps, reading.letters
        ends: Iterable[_End] = self._automaton.iter(text)
        if short := list(self._short_ends(reading)) if self._short else []:
            ends = sorted((*ends, *short), key=itemgetter(0))
        for last, (length, terms) in ends:
            first = last + 1 - length
            # Almost all are parts of other words: this is the only thing that is asked of them.
            if gaps[first] or (text[first] >= _FIRST_PREFIXED and _follows_prefix(text, gaps, first)):
                yield first, length, terms

    def _short_ends(self, reading: Reading) -> Iterator[_End]:
        """Find the words of few letters where such words are: most texts are full of their letters."""
        gaps, text = reading.gaps, reading.letters
        for first in [found.start() for found in _SHORT_WORD.finditer(gaps)]:
            for end in (first + 1, first + 2):
                if end < len(gaps) and gaps[end] and (terms := self._short.get(text[first:end])):
                    yield end - 1, (end - first, terms)

    @cached_property
    def _shortest(self) -> int:
        return min(map(len, (*self._automaton.keys(), *self._short)), default=1 << 30)

    @cached_property
    def _short(self) -> dict[str, tuple[_Term, ...]]:
        return {
            letters: tuple(found) for letters, found in self._by_letters.items() if _is_short(letters, found)
        }

    @cached_property
    def _automaton(self) -> ahocorasick.Automaton:
        automaton = ahocorasick.Automaton()
        # In the order of the alphabet, what is looked at one after the other lies together.
        for letters, found in sorted(self._by_letters.items()):
            if not _is_short(letters, found):
                automaton.add_word(letters, (len(letters), tuple(found)))
        automaton.make_automaton()
        return automaton

    @cached_property
    def _by_letters(self) -> dict[str, list[_Term]]:
        by_letters: dict[str, list[_Term]] = {}
        for written in self._terms:
            stem = written.removesuffix("*")
            spellings = (stem, stem.replace(" ", ""), *_parted(stem), *in_capitals(stem))
            for spelled in dict.fromkeys(spellings):
                if letters := compared(spelled):
                    by_letters.setdefault(letters, []).append(_Term(written, spelled))
        return by_letters


class LongLexicon(Lexicon):
    """The same for a long list that all prompts are held against: what tokens have of it is remembered."""

    def _begun(self, reading: Reading) -> Iterator[tuple[int, int, tuple[_Term, ...]]]:
        found = self._beginnings.find(reading)
        yield from sorted(found, key=lambda begun: (begun.place + begun.length, -begun.length))

    @cached_property
    def _beginnings(self) -> Beginnings[tuple[_Term, ...]]:
        terms = {letters: tuple(found) for letters, found in self._by_letters.items()}
        return Beginnings(terms, _begins, _stands)


def _begins(token: Token, place: int) -> bool:
    return bool(token.gaps[place]) or _follows_prefix(token.merged, token.gaps, place)


def _stands(token: Token, start: int, end: int, terms: Iterable[_Term]) -> bool:
    """Say whether letters of a token may be one of several terms."""
    ends = end == len(token.merged) or token.gaps[end]
    return _begins(token, start) and any(
        (term.is_stem or ends) and _same_letters(term, token.letters[start:end]) for term in terms
    )


_End: TypeAlias = tuple[int, tuple[int, tuple[_Term, ...]]]
"""The last letter of what may be a term, how many it has, and the terms that have them."""
_SHORT = 2
"""Letters of words that are looked for by themselves."""
_SHORT_WORD = re.compile(rb"[^\0](?=[^\0]|\0[^\0])")


def _is_short(letters: str, found: Iterable[_Term]) -> bool:
    return len(letters) <= _SHORT and letters.isascii() and not any(term.is_stem for term in found)


def _end(term: _Term, reading: Reading, first: int, end: int) -> int | None:
    """Give where a term ends in a reading that has its letters, or None if it is not written so there."""
    text = [reading[place] for place in range(first, end)]
    if not _same_letters(term, text) or not _gaps_fit(term, text, reading, first, end):
        return None
    while term.is_stem and not reading.gaps[end]:
        end += 1
    return end


def _follows_prefix(letters: str, gaps: bytes, first: int) -> bool:
    """Say whether only a prefix lies between a letter and the beginning of its word.

    Arabic and Hebrew write articles, prepositions and "and" together with the word that follows.
    """
    if not _PREFIXED.match(letters, first):
        return False
    for before in range(first - 1, max(first - 4, -1), -1):
        if gaps[before]:
            return letters[before:first] in _prefixes()
    return False


_FIRST_PREFIXED = "\u0590"
_PREFIXED = re.compile("[\u0590-\u06ff]")


@cache
def _prefixes() -> frozenset[str]:
    written = "ال وال بال لل و ب ل ف ك ה ו ב ל מ ש כ וה שה בה"
    return frozenset(map(compared, written.split()))


def _same_letters(term: _Term, text: Sequence[Letter]) -> bool:
    if list(map(_TYPED, text)) == list(map(_TYPED, term.letters)):
        return True
    stretched = sum(
        len(letter.typed) > len(wanted.typed) for wanted, letter in zip(term.letters, text, strict=True)
    )
    # One letter too many is a slip or another word, two are a disguise: `nuudee`.
    doubled = stretched > 1
    *most, last = zip(term.letters, text, strict=True)
    # What a stem ends in may go on in its ending: French nud* and é, Italian capezzol* and i.
    return all(
        _same(wanted.typed, letter.typed, _STRETCHED_FROM if not doubled else 2) for wanted, letter in most
    ) and (
        _same(last[0].typed, last[1].typed, _STRETCHED_FROM if not doubled else 2)
        or (term.is_stem and last[1].typed.startswith(last[0].typed))
    )


_TYPED = attrgetter("typed")


def _same(wanted: str, typed: str, stretched_from: int) -> bool:
    """Say whether a letter of a term was typed, stretched or not: 1 and ! are read as i as often as l."""
    if wanted == typed:
        return True
    if len(wanted) != len(typed) and (len(typed) < len(wanted) or len(typed) < stretched_from):
        return False
    if not _is_sure(wanted[0]):
        return True
    if all(map(_is_sure, typed)) and _once(typed)[: len(_once(wanted))] != _once(wanted):
        return False
    return set(filter(_is_sure, typed)) <= set(wanted)


def _once(letters: str) -> list[str]:
    return [letter for letter, _ in groupby(letters)]


def _is_sure(letter: str) -> bool:
    return "a" <= letter <= "z"


def _gaps_fit(term: _Term, text: list[Letter], reading: Reading, first: int, end: int) -> bool:
    """Say whether spaces lie only where the term has some, or between all letters of it."""
    if not any(reading.gaps[first + 1 : end]):
        return True
    inner = range(1, len(text))
    if all(text[place].gap < Gap.SPACE or term.letters[place].gap is Gap.SPACE for place in inner):
        return True
    if any(text[place].gap < Gap.SIGN for place in inner):
        return False
    return len(text) >= _SPELLED_FROM or not _spelled_on(reading, first, end)


def _spelled_on(reading: Reading, first: int, end: int) -> bool:
    """Say whether the letter before or after stands alone, too."""
    before = first > 0 and reading.gap(first - 1) >= Gap.SIGN
    return before or (end < len(reading.letters) and reading.gap(end + 1) >= Gap.SIGN)


@cache
def listed(name: str) -> Lexicon:
    """Give the lexicon of the terms of `data/<name>.txt`. Raises Altered."""
    return Lexicon(terms(name))


def terms(name: str) -> list[str]:
    """Read the terms of `data/<name>.txt`, one a line, but for empty lines and those that start with #.

    Raises Altered.
    """
    lines = manifest.text(f"data/{name}.txt").splitlines()
    return [line for line in lines if line and not line.startswith("#")]
