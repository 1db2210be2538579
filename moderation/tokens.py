"""The letters of a token, however it was written: as compared, where they lie, and what is before each."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from enum import IntEnum
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from moderation.letters import FILLER, FOLDED, MERGE, SIGNS, VOICE_MARKS, Kind


class Gap(IntEnum):
    """What lies between two letters of a text."""

    NONE = 0
    SEAM = 1
    """Nothing that is drawn, but a word may end: a weight, a capital after a small letter, a change of
    script, and anywhere in scripts without spaces."""
    SIGN = 2
    """Punctuation or an emoji, without a space."""
    SPACE = 3
    """A space, or the beginning of a text."""


class Letter(NamedTuple):
    """A letter of a token: as it is compared, as it was typed, where it stands, what is before it."""

    merged: str
    typed: str
    """Lower case, without accents, as often as it stands side by side: `oo`, `0`, `li`."""
    start: int
    end: int
    gap: Gap


class Token:
    """What stands between two spaces, or letters that were spelled out with spaces between them."""

    __slots__ = ("_letters", "gaps", "merged", "word_letters", "words", "written")

    def __init__(self, written: str) -> None:
        self.written = written
        self._letters: tuple[Letter, ...] | None = None
        if plain := _PLAIN.fullmatch(written):
            self.merged = _once(plain[1].translate(MERGE))
            self.gaps = _gaps_of_word(len(self.merged))
            self.words: tuple[tuple[int, int], ...] = ((0, len(self.merged)),)
            self.word_letters: tuple[str, ...] = (_once(plain[1]),)
            return
        letters = self.letters
        self.merged = "".join(letter.merged for letter in letters)
        """The letters as they are compared: one character for each of `letters`."""
        self.gaps = bytes(letter.gap for letter in letters)
        """The gap before each letter."""
        starts = [place for place, letter in enumerate(letters) if not place or letter.gap >= Gap.SIGN]
        self.words = tuple(pairwise((*starts, len(letters))))
        """Where words begin and end among the letters, as spaces and signs part them."""
        typed = ("".join(letter.typed for letter in letters[start:end]) for start, end in self.words)
        self.word_letters = tuple(_once(word.translate(SIGNS)) for word in typed)
        """Each word in small letters, repeated ones once, signs as the letters that they stand for."""

    @property
    def letters(self) -> tuple[Letter, ...]:
        """Give the letters, repeated ones as one."""
        if self._letters is None:
            plain = _PLAIN.fullmatch(self.written)
            self._letters = tuple(
                _plain_letters(plain[1], plain.start(1)) if plain else _squeezed(list(_letters(self.written)))
            )
        return self._letters


_PLAIN = re.compile(f"[(]*([a-z]+)[,.;){FILLER}]*")
_DOUBLED = re.compile(r"(.)\1+")
_RUN = re.compile(r"(.)\1*")


def _once(letters: str) -> str:
    """Give letters with repeated ones once."""
    return _DOUBLED.sub(r"\1", letters)


@lru_cache(maxsize=64)
def _gaps_of_word(length: int) -> bytes:
    """Give the gaps before the letters of a plain word, the same ones for all that are as long."""
    return bytes([Gap.SPACE] + [Gap.NONE] * (length - 1))


def _plain_letters(word: str, start: int) -> Iterator[Letter]:
    """Give the same as `_squeezed` of `_letters`, and sooner, for a word of small letters a to z."""
    gap = Gap.SPACE
    for run in _RUN.finditer(word.translate(MERGE)):
        first, end = run.span()
        yield Letter(run[1], word[first:end], start + first, start + end, gap)
        gap = Gap.NONE


def _letters(written: str) -> Iterator[Letter]:
    """Give the letters of a token, repeated ones each by itself."""
    folded = [FOLDED[character] for character in written]
    kinds = [each.kind for each in folded]
    gap, before, last = Gap.SPACE, Kind.SPACE, ""
    for place, (letters, kind) in enumerate(folded):
        if kind is Kind.LEET and not _among_letters(written, kinds, place):
            kind = Kind.SIGN
        if kind < Kind.LETTER:
            gap = max(gap, _GAPS[kind])
            last = ""
            continue
        if letters in VOICE_MARKS and before in _KANA:
            continue
        if place + 1 < len(folded) and (mark := folded[place + 1].letters) in VOICE_MARKS:
            letters = unicodedata.normalize("NFC", letters + mark)
        is_number = kind is Kind.DIGIT and _is_number(kinds, place)
        if gap is Gap.NONE and (_seam(before, kind) or (last.islower() and written[place].isupper())):
            gap = Gap.SEAM
        for letter in letters:
            merged = letter if is_number else letter.translate(MERGE)
            yield Letter(merged, letter, place, place + 1, gap)
            gap = Gap.SEAM if kind is Kind.FREE else Gap.NONE
        gap, before, last = Gap.NONE, kind, written[place]


_KANA = (Kind.KATAKANA, Kind.FREE)
_GAPS = {Kind.NOTHING: Gap.NONE, Kind.SYNTAX: Gap.SEAM, Kind.SIGN: Gap.SIGN, Kind.SPACE: Gap.SPACE}


def _seam(before: Kind, kind: Kind) -> bool:
    """Say whether a word may end between two letters of these kinds."""
    return before is Kind.FREE or kind is Kind.FREE or (before in _KANA) != (kind in _KANA)


def _among_letters(written: str, kinds: list[Kind], place: int) -> bool:
    """Say whether a sign is written for a letter: `t!ts` and `$ex`, but not `tits!`."""
    around = written[max(0, place - 1) : place] + written[place + 1 : place + 2]
    if around.isspace():
        return True
    after = place + 1 < len(kinds) and kinds[place + 1] >= Kind.LETTER
    before = place > 0 and kinds[place - 1] >= Kind.LETTER
    if written[place] in "!|":
        return before and after and kinds[place + 1] is not Kind.LEET
    return before or after or len(written) == 1


def _is_number(kinds: list[Kind], place: int) -> bool:
    """Say whether a digit stands among digits only, and not by itself."""
    first = last = place
    while first and kinds[first - 1] >= Kind.LETTER:
        first -= 1
    while last + 1 < len(kinds) and kinds[last + 1] >= Kind.LETTER:
        last += 1
    return last > first and all(kind is Kind.DIGIT for kind in kinds[first : last + 1])


def _squeezed(letters: list[Letter]) -> list[Letter]:
    """Join repeated letters that stand side by side, or each by itself: `nuude`, `n.u.u.d.e`."""
    squeezed: list[Letter] = []
    for place, letter in enumerate(letters):
        last = squeezed[-1] if squeezed else None
        if last and last.merged == letter.merged and _LATIN.match(letter.merged):
            alone = letter.gap >= Gap.SIGN and (
                place + 1 == len(letters) or letters[place + 1].gap >= Gap.SIGN
            )
            if letter.gap is Gap.NONE or (alone and last.gap >= Gap.SIGN):
                squeezed[-1] = last._replace(typed=last.typed + letter.typed, end=letter.end)
                continue
        squeezed.append(letter)
    return squeezed


_LATIN = re.compile("[a-z]")
