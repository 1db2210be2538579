"""How a name sounds: its consonants, whatever script or spelling it is written in.

A name that is written in a spelling or script that no list has still has its consonants. They are told apart
as far as scripts and spellings tell them apart: b from f, t from k, but not b from p, l from r or s from z.
What English spelling leaves open has several readings: ch is k or sh, r before a consonant may be mute.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import accumulate, combinations, islice, product

from anyascii import anyascii

_MOST = 32
"""Readings of one name that are looked for. Of the names that ship, one in 150 has more."""
_BREAK = (" ",)
"""What stands between the consonants of two words, which are not doubled ones."""

_SPELLINGS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("tsch", ("J",)),
    ("shch", ("J",)),
    ("sch", ("J", "S", "SK")),
    ("dzh", ("J",)),
    ("tch", ("J", "S")),
    ("tsh", ("J",)),
    ("dj", ("J",)),
    ("dz", ("J", "S")),
    ("tz", ("S", "J")),
    ("ts", ("S",)),
    ("sh", ("J", "S")),
    ("zh", ("J",)),
    ("ch", ("J", "K", "S")),
    ("ck", ("K",)),
    ("ph", ("F",)),
    ("th", ("T", "S")),
    ("gh", ("K", "")),
    ("kh", ("K", "")),
    ("wh", ("F", "")),
    ("wr", ("R",)),
    ("kn", ("N",)),
    ("qu", ("KF", "K")),
    ("x", ("KS", "S")),
    ("b", ("B",)),
    ("p", ("B",)),
    ("f", ("F", "B")),
    ("v", ("F", "B")),
    ("w", ("F", "")),
    ("d", ("T",)),
    ("t", ("T",)),
    ("g", ("K",)),
    ("k", ("K",)),
    ("q", ("K",)),
    ("c", ("K",)),
    ("z", ("S", "J")),
    ("s", ("S",)),
    ("j", ("J", "")),
    ("m", ("M",)),
    ("n", ("N",)),
    ("l", ("R",)),
    ("r", ("R",)),
    ("h", ("", "K")),
)
"""Consonants by spelling, longest first, each with the readings that it may have, the likeliest first."""
_BY_SPELLING = dict(_SPELLINGS)
_CONSONANT = re.compile("|".join(spelling for spelling, _ in _SPELLINGS))
_DOUBLED = re.compile(r"(.)\1+")
_GREEK = (
    ("ντ", "d"),
    ("μπ", "b"),
    ("γκ", "g"),
    ("τζ", "j"),
    ("τσ", "ts"),
    ("γου", "w"),
    ("ου", "u"),
    ("χ", "k"),
)
_KATAKANA = (("ッ", ""), ("シ", "スィ"), ("ー", ""))
_HEBREW = (
    ("פ", "p"),
    ("ף", "p"),
    ("ב", "b"),
    ("וו", "w"),
    ("ג׳", "j"),
    ("ג'", "j"),
    ("ז׳", "j"),
    ("צ׳", "ch"),
    ("צ'", "ch"),
)


@lru_cache(maxsize=1 << 15)
def romanised(word: str) -> str:
    """Write a word in the letters a to z, whatever script it is in, without doubled letters."""
    word = unicodedata.normalize("NFC", unicodedata.normalize("NFKC", word).casefold())
    if "\u0370" <= word[:1] <= "\u03ff":
        word = "".join(c for c in unicodedata.normalize("NFD", word) if unicodedata.category(c) != "Mn")
        word = _replaced(word, _GREEK)
    elif "\u0590" <= word[:1] <= "\u05ff":
        word = _replaced(word, _HEBREW)
        word = word[:1] + word[1:].replace("ו", "o")
    elif "\u0600" <= word[:1] <= "\u06ff":
        word = word[:1] + word[1:].replace("و", "o")
    elif "\uac00" <= word[:1] <= "\ud7a3":
        return _DOUBLED.sub(r"\1", anyascii(word).lower().replace("eu", ""))
    elif "\u30a1" <= word[:1] <= "\u30ff":
        word = _replaced(word, _KATAKANA)
    latin = re.sub("[^a-z]", "", anyascii(word).lower())
    if "\u30a1" <= word[:1] <= "\u30ff":
        latin = re.sub("(?<=[^aeiouy])u|(?<=t)o", "", latin)
    return _DOUBLED.sub(r"\1", latin)


def _replaced(word: str, table: tuple[tuple[str, str], ...]) -> str:
    for written, meant in table:
        word = word.replace(written, meant)
    return word


@lru_cache(maxsize=1 << 15)
def consonants(romanised: str) -> str:
    """Give the likeliest consonants of a word in the letters a to z."""
    return _joined(_BY_SPELLING[found[0]][0] for found in _CONSONANT.finditer(_soft(romanised)))


def readings_of(*romanised: str) -> set[str]:
    """Give the consonants that words in the letters a to z may be meant to have, the likeliest `_MOST`.

    Those are the ones in which the fewest consonants are read otherwise than is likeliest.
    """
    options = [option for word in romanised for option in (*_options_of(word), _BREAK)][:-1]
    return {_joined(each).replace(_BREAK[0], "") for each in islice(_likeliest_first(options), _MOST)}


def _options_of(romanised: str) -> Iterator[tuple[str, ...]]:
    """Give the readings of each consonant of a word, the likeliest first."""
    word = _soft(romanised)
    for found in _CONSONANT.finditer(word):
        readings = _BY_SPELLING[found[0]]
        if found[0] == "r" and not re.match("[aeiouy]", word[found.end() :]):
            readings = ("R", "")
        if found[0] == "g" and re.match("[eiy]", word[found.end() :]):
            readings = ("K", "J")
        yield readings


def _likeliest_first(options: Sequence[tuple[str, ...]]) -> Iterator[tuple[str, ...]]:
    """Choose one of each of the options, those first in which most are the first."""
    open_to = [place for place, option in enumerate(options) if len(option) > 1]
    likeliest = [option[0] for option in options]
    for changed in range(len(open_to) + 1):
        for places in combinations(open_to, changed):
            for others in product(*(options[place][1:] for place in places)):
                chosen = likeliest.copy()
                for place, other in zip(places, others, strict=True):
                    chosen[place] = other
                yield tuple(chosen)


def apart(name: str, written: str, has_vowels: bool = True) -> float:
    """Measure how far two words in the letters a to z are from each other: 1 for each wrong consonant.

    Vowels that differ, consonants that are written for each other, and what is mute cost less; vowels cost
    next to nothing where the script leaves them out.
    """
    missing = _ALONE if has_vowels else _ALONE_WITHOUT_VOWELS
    more = [_ALONE[letter] for letter in written]
    row = list(accumulate(more, initial=0.0))
    for wanted in name:
        before, left_out, instead = row, missing[wanted], _INSTEAD[wanted]
        row = [last := before[0] + left_out]
        for letter, put_in, diagonal, above in zip(written, more, before, before[1:], strict=False):
            last = min(diagonal + instead[letter], above + left_out, last + put_in)
            row.append(last)
    return row[-1]


_VOWELS = frozenset("aeiouy")
_ALIKE = {
    frozenset(pair)
    for group in (
        "bpfv",
        "fvw",
        "dt",
        "gkqcxh",
        "szcx",
        "jgz",
        "jcs",
        "mn",
        "lr",
        "jy",
        "wu",
        "uv",
        "wo",
        "yi",
        "ie",
        "ou",
        "ea",
        "ao",
    )
    for pair in combinations(group, 2)
}
"""Letters that are written for each other."""
_MUTE = frozenset("hrwy")


def _alone(letter: str, vowel: float) -> float:
    return vowel if letter in _VOWELS else 0.3 if letter in _MUTE else 0.8


def _instead(wanted: str, letter: str) -> float:
    if wanted == letter:
        return 0.0
    if {wanted, letter} in _ALIKE:
        return 0.2
    return 0.35 if wanted in _VOWELS and letter in _VOWELS else 1.0


_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_ALONE = {letter: _alone(letter, 0.45) for letter in _LETTERS}
_ALONE_WITHOUT_VOWELS = {letter: _alone(letter, 0.1) for letter in _LETTERS}
_INSTEAD = {wanted: {letter: _instead(wanted, letter) for letter in _LETTERS} for wanted in _LETTERS}
"""What letters cost, by letter."""


def _soft(word: str) -> str:
    """Write c as s where English softens it."""
    return re.sub("c(?=[eiy])", "s", word)


def _joined(sounds: Iterable[str]) -> str:
    return _DOUBLED.sub(r"\1", "".join(sounds))


def bare_of(word: str) -> str:
    """Leave the vowels of a word in the letters a to z out, repeated consonants once."""
    return _DOUBLED.sub(r"\1", _VOWEL.sub("", word))


def is_bare(word: str) -> bool:
    """Say whether a word has no vowel behind its first letter."""
    return _BARE.fullmatch(word) is not None


_VOWEL = re.compile("[aeiouy]")
_BARE = re.compile("[a-z][b-df-hj-np-tv-z]*")
