"""Whether the letters of a name, found in a text, are that name there."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import NamedTuple

from moderation.letters import FOLDED, Kind
from moderation.lexicon import in_capitals
from moderation.names.glued import may_be_put_around
from moderation.names.listing import common_words, no_slips
from moderation.reading import Reading, compared, compared_words, is_words, squeezed
from moderation.tokens import Gap

_LONG = 8
"""Letters from which a name is known wherever spaces cut it, and with a doubled letter more or less."""
_GLUED = 8
"""Letters from which a full name is known inside a longer word; a single name needs more."""
_GLUED_SINGLE = 10
_PUT_AROUND_FROM = 5
"""Letters from which a single name is known in a handle, such as `xxzendayaxx`."""
_SPELLED_FROM = 5
_CUT_FROM = 6
"""Letters from which a single name is known in two or three pieces one of which is no word: `zen daya`."""
_PIECES = 3
_LATIN = re.compile("[a-z0-9 .'’\u00c0-\u024f-]+", re.IGNORECASE)
_PREFIXED = re.compile("[\u0590-\u06ff]")
"""Scripts in which short words are written onto the word behind them."""
_SUFFIXED = re.compile("[\u0370-\u06ff\u0900-\u0dff\uac00-\ud7a3]")
"""Scripts in which endings are written onto a name."""
_LONGEST_ENDING = 3
_CYRILLIC = re.compile("[\u0400-\u04ff]")
_CASES = """
    а у ю я е і и ы о ом ем ём ой ою ей ею ов ев ова ево ове ови ові еві ам ям ами ями ах ях ого его ому ему
    ым им их ых ими ыми ую ът ят та то те ин ина ины ски ска ские ский ская цы ец
"""
_CYRILLIC_ENDINGS = frozenset(map(compared, _CASES.split()))
"""Cases of a name, and what is made of it; a longer word has other ones: `трамплин` is not of `трамп`."""


@cache
def _has_spaces(letter: str) -> bool:
    """Say whether a letter's script parts words by spaces."""
    return FOLDED[letter].kind < Kind.KATAKANA


class Spelling(NamedTuple):
    """One spelling of a name, as it is looked for: forwards, backwards, or with its spaces left out."""

    owner: int
    written: str
    letters: str
    """As `Reading.squeezed`."""
    size: int
    """Its letters, repeated ones counted."""
    words: tuple[str, ...]
    """Its words, as `Reading.word_letters`."""
    is_alphabetic: bool
    """Whether its script has words with spaces between them."""
    has_prefixes: bool
    """Whether its script has short words that are written onto the word behind them."""
    ending: int
    """Letters that may be written onto it as an ending."""
    is_reversed: bool = False
    is_sure: bool = False
    """Whether it is a single name that is no word."""

    @classmethod
    def of(cls, owner: int, written: str) -> Spelling:
        """Read a spelling of the name that the caller calls `owner`."""
        size = len("".join(written.split()))
        is_alphabetic = written.isascii() or all(map(_has_spaces, written))
        has_prefixes = _PREFIXED.search(written) is not None
        ending = _LONGEST_ENDING if _SUFFIXED.search(written) else 0
        return cls(
            owner, written, letters_of(written), size, words_of(written), is_alphabetic, has_prefixes, ending
        )

    @property
    def is_full(self) -> bool:
        """Whether it has several words."""
        return len(self.words) > 1

    @property
    def is_latin(self) -> bool:
        """Whether it is in Latin letters."""
        return _LATIN.fullmatch(self.written) is not None

    @property
    def is_cyrillic(self) -> bool:
        """Whether it is in Cyrillic letters, of which it is known what may be written onto it."""
        return _CYRILLIC.search(self.written) is not None

    @property
    def is_loose(self) -> bool:
        """Whether it may be found in a word that begins before it."""
        if not self.is_alphabetic or self.has_prefixes or self.size >= _GLUED:
            return True
        return self.is_sure and self.size >= _PUT_AROUND_FROM

    def other_forms(self, reversed_from: int) -> list[Spelling]:
        """Give it without spaces, and in capitals, where that reads differently; a full name backwards."""
        forms = []
        joined = "".join(self.written.split())
        if not is_words(self.written) and joined != self.written and letters_of(joined) != self.letters:
            forms.append(self._replace(written=joined, letters=letters_of(joined)))
        if self.size >= reversed_from and self.is_full and self.is_alphabetic:
            words = (_squeezed(word) for word in self.written.split())
            backwards = {self.letters[::-1], _squeezed("".join(word[::-1] for word in words))}
            forms += [self._replace(letters=each, is_reversed=True) for each in sorted(backwards)]
        for written in in_capitals(self.written.casefold()):
            forms.append(self._replace(written=written, letters=_squeezed_as_typed(written)))
        return forms


def _squeezed_as_typed(written: str) -> str:
    return squeezed(compared(written))


def letters_of(written: str) -> str:
    """Give the letters of a spelling as they are compared, repeated ones once."""
    return squeezed(compared(written.casefold()))


def words_of(written: str) -> tuple[str, ...]:
    """Give the words of a spelling as `Reading.word_letters` has them."""
    words = written.casefold().split()
    # Letters that stand alone are read as one word, spelled out.
    if all(len(word) > 1 for word in words):
        return tuple(compared_words(words))
    return tuple(_read(written).word_letters)


@lru_cache(maxsize=1 << 12)
def _read(written: str) -> Reading:
    return Reading(written.casefold())


def _squeezed(word: str) -> str:
    return letters_of(word)


class _Run(NamedTuple):
    """A letter of a name or text, repeated or not: as it was typed, and whether a space is before it."""

    typed: str
    has_space: bool


def _runs(reading: Reading, at: int, end: int, first: int, last: int) -> list[_Run]:
    """Give the letters from `at` to before `end` of `squeezed`; of `letters` those from `first` to `last`."""
    runs = []
    for start, stop in map(reading.run, range(at, end)):
        letters = [(place, reading[place]) for place in range(max(start, first), min(stop, last))]
        runs.append(
            _Run(
                "".join(letter.typed for _, letter in letters),
                any(letter.gap is Gap.SPACE and place > first for place, letter in letters),
            )
        )
    return runs


@lru_cache(maxsize=1 << 12)
def _detail(written: str) -> list[_Run]:
    reading = Reading(written)
    return _runs(reading, 0, len(reading.squeezed), 0, len(reading.letters))


def span_of_match(spelling: Spelling, reading: Reading, at: int) -> tuple[int, int] | None:
    """Give which letters of a reading are a name, whose letters its `squeezed` has at a place, or None."""
    end_at = at + len(spelling.letters)
    first, starts = _start(spelling, reading, reading.run(at))
    if not starts and not (spelling.is_alphabetic and spelling.is_loose):
        return None
    end, ends = _end(spelling, reading, reading.run(end_at - 1))
    if not spelling.is_alphabetic:
        return (first, end) if ends else None
    if not (starts and ends) and not spelling.is_loose:
        return None
    if starts and ends and reading.quote(first, end).casefold() == spelling.written.casefold():
        return first, end
    runs = _runs(reading, at, end_at, first, end)
    if not spelling.is_reversed and not _same_letters(spelling, runs):
        return None
    if not (starts and ends):
        inside = not any(run.has_space for run in runs)
        if not (inside and _may_be_inside(spelling, reading, first, end, starts or ends)):
            return None
    fits = spelling.is_reversed or _gaps_fit(spelling, runs, [reading[p].gap for p in range(first + 1, end)])
    return (first, end) if fits and not _is_other_word(reading, first, end) else None


def _is_other_word(reading: Reading, first: int, end: int) -> bool:
    """Say whether letters are, or are in, a word that is no name: `luffy` in fluffy."""
    start, stop = _word_around(reading, first, end)
    word = reading.quote(start, stop).casefold()
    return word in no_slips() or ((start, stop) != (first, end) and word in common_words())


def _may_be_inside(spelling: Spelling, reading: Reading, first: int, end: int, at_edge: bool) -> bool:
    """Say whether a name may stand inside a longer word: a full name, a long one, one in a handle."""
    if spelling.size >= _GLUED and (spelling.is_full or (spelling.size >= _GLUED_SINGLE and at_edge)):
        return True
    if not (spelling.is_sure and spelling.is_latin):
        return False
    start, stop = _word_around(reading, first, end)
    return may_be_put_around(_typed(reading, start, first), _typed(reading, end, stop))


def _word_around(reading: Reading, first: int, end: int) -> tuple[int, int]:
    """Give where the words begin and end that the letters from `first` to before `end` are in."""
    while not reading.gaps[first]:
        first -= 1
    while not reading.gaps[end]:
        end += 1
    return first, end


def _typed(reading: Reading, first: int, end: int) -> str:
    return "".join(reading[place].typed for place in range(first, end))


def _start(spelling: Spelling, reading: Reading, run: tuple[int, int]) -> tuple[int, bool]:
    """Give where in a run of one letter a name starts, and whether a word does."""
    for place in reversed(range(*run)):
        if _starts(spelling, reading, place):
            return place, True
    return run[1] - 1, False


def _end(spelling: Spelling, reading: Reading, run: tuple[int, int]) -> tuple[int, bool]:
    for place in range(run[0] + 1, run[1] + 1):
        if _ends(spelling, reading, place):
            return place, True
    return run[0] + 1, False


def _starts(spelling: Spelling, reading: Reading, first: int) -> bool:
    if reading.gaps[first]:
        return True
    if not spelling.is_alphabetic:
        return False
    if reading.has_digits and reading[first - 1].typed[-1].isdigit():
        return True
    return spelling.has_prefixes and (first < 2 or any(reading.gaps[first - 2 : first]))


def _ends(spelling: Spelling, reading: Reading, end: int) -> bool:
    if reading.gaps[end]:
        return True
    if not spelling.is_alphabetic:
        return False
    if reading.has_digits and reading[end].typed[0].isdigit():
        return True
    most = spelling.ending
    if reading.letters[end] == "s" and spelling.size > _SPELLED_FROM:
        most = max(most, 1)
    last = min(end + most, len(reading.letters))
    after = next((place for place in range(end + 1, last + 1) if reading.gaps[place]), None)
    if after is None or not spelling.is_cyrillic:
        return after is not None
    return reading.letters[end:after] in _CYRILLIC_ENDINGS


def _same_letters(spelling: Spelling, runs: list[_Run]) -> bool:
    """Say whether i and l, and doubled letters, are those of the name; long names may differ in one."""
    wanted = _detail(spelling.written)
    apart = sum(not _same(one.typed, other.typed) for one, other in zip(wanted, runs, strict=True))
    return apart <= spelling.size // _LONG


def _same(wanted: str, typed: str) -> bool:
    if wanted == typed or (len(typed) > 2 and set(typed) <= set(wanted)):
        return True
    sure = {letter for letter in typed if "a" <= letter <= "z"}
    return (len(wanted) == len(typed) and sure <= set(wanted)) or not ("a" <= wanted[0] <= "z")


def _gaps_fit(spelling: Spelling, runs: list[_Run], gaps: list[Gap]) -> bool:
    """Say whether spaces cut the name only between its words, or between all letters, or it is a long one."""
    if spelling.size >= _LONG:
        return True
    wanted = _detail(spelling.written)
    if all(other.has_space or not one.has_space for one, other in zip(runs, wanted, strict=True)):
        return True
    if spelling.is_sure and spelling.size >= _CUT_FROM and _is_cut(runs, wanted):
        return True
    return spelling.size >= _SPELLED_FROM and all(gap >= Gap.SIGN for gap in gaps)


def _is_cut(runs: list[_Run], wanted: list[_Run]) -> bool:
    """Say whether a name is in two pieces or three of which one is no word: `zen daya`, but not `bat man`."""
    pieces: list[str] = []
    for run in runs:
        if run.has_space or not pieces:
            pieces.append("")
        pieces[-1] += run.typed
    return (
        1 < len(pieces) <= _PIECES
        and [run.typed for run in runs] == [run.typed for run in wanted]
        and min(map(len, pieces)) > 1
        and any(piece not in common_words() for piece in pieces)
    )
