"""Names that are written by ear in English words: `tom crews`, `leo messy`, `mat demon`.

Each word is read as English spelling is read aloud, in several ways where it may be, and a name is meant
where both of its words sound like two that stand beside each other. In the last, if it has several syllables,
one vowel may differ.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import islice, product
from typing import NamedTuple, TypeAlias

from moderation.names.listing import common_words
from moderation.names.surnames import GIVEN

_SHORTEST = 7
"""Letters of a name that is known by ear: there are many words for the sounds of a shorter one."""
_WORD_FROM = 2
_BESIDE = 2
_MOST = 48
"""Ways of reading one word aloud."""
_UNSURE_FROM, _SYLLABLES = 5, 2
"""Consonants of a name one vowel of which may differ, and syllables of the word that this is in."""

_IRREGULAR = {
    "heart": "hart",
    "hearts": "harts",
    "eye": "igh",
    "eyes": "ighs",
    "sew": "so",
    "one": "wun",
    "won": "wun",
    "two": "too",
    "queue": "kew",
    "choir": "kwire",
    "women": "wimen",
    "bear": "bair",
    "pear": "pair",
    "wear": "wair",
    "put": "poot",
}
"""Words that are read otherwise than they are spelled, as they are read."""
_SPELLINGS: tuple[tuple[str, str], ...] = (
    ("eigh", "A"),
    ("igh", "Y"),
    ("ough", "O o U"),
    ("augh", "o"),
    ("eau", "O"),
    ("eye", "Y"),
    ("ay", "A"),
    ("ai", "A Y"),
    ("e[iy]$", "I A"),
    ("e[iy]", "A I Y"),
    ("ea", "I e"),
    ("ee", "I"),
    ("ie", "I Y"),
    ("oo", "U"),
    ("ou", "W U u"),
    ("ow", "O W"),
    ("oa|oe$", "O"),
    ("o[iy]", "Q"),
    ("a[uw]", "o"),
    ("ue$", "U"),
    ("ui", "U i"),
    ("e[uw]", "U"),
    ("ar(?![aeiouy])", "or"),
    ("er$", "@r @"),
    ("[eiu]r(?![aeiouy])", "@r"),
    ("or(?![aeiouy])", "Or"),
    ("ere?$", "@r @"),
    ("(?<=[aeiouy][a-z])e(?=s?$)|(?<=[aeiouy][a-z][a-z])e(?=s?$)", "-"),
    ("a(?=[^aeiouyrwx]e?s?$)(?=.e)", "A"),
    ("e(?=[^aeiouyrwx]e?s?$)(?=.e)", "I"),
    ("[iy](?=[^aeiouywx]e?s?$)(?=.e)", "Y"),
    ("o(?=[^aeiouyrwx]e?s?$)(?=.e)", "O"),
    ("u(?=[^aeiouywx]e?s?$)(?=.e)", "U"),
    ("a$", "@"),
    ("(?<=[a-z]{3})y$|i$", "I"),
    ("y$", "Y"),
    ("e$", "I"),
    ("o$", "O"),
    ("u$", "U"),
    ("a(?=[^aeiouy]?[aeiouy])", "A a o"),
    ("e(?=[^aeiouy]?[aeiouy])", "I e"),
    ("i(?=[^aeiouy]?[aeiouy])", "Y i I"),
    ("(?<=.)y(?=[^aeiouy])", "i Y"),
    ("o(?=[^aeiouy]?[aeiouy])", "O o"),
    ("u(?=[^aeiouy]?[aeiouy])", "U u"),
    ("a", "a"),
    ("e", "e"),
    ("i", "i"),
    ("o", "o"),
    ("u", "u"),
    ("tch", "C"),
    ("dge?", "j d"),
    ("sch", "S sk"),
    ("ch", "C k S"),
    ("sh", "S"),
    ("ph", "f"),
    ("th", "T t"),
    ("wh", "w h"),
    ("^wr", "r"),
    ("^[kg]n", "n"),
    ("ck|c(?![eiy])|q(?!u)", "k"),
    ("qu", "kw k"),
    ("^x", "s"),
    ("x", "ks"),
    ("sc(?=[eiy])", "s"),
    ("c", "s"),
    ("^gh", "g"),
    ("gh", "- f"),
    ("g(?=[eiy])", "g j"),
    ("[tc]i(?=[ao])", "S"),
    ("mb$", "m"),
    ("j", "j y"),
    ("h(?![aeiouy])", "-"),
    ("[sz]", "s"),
    ("[a-z]", ""),
)
"""English spellings and how each may be read aloud, the first that fits: capitals are long vowels, `@` is the
vowel of a syllable without stress, `-` is mute, and what has nothing is read as it is written."""
_SPELLING = re.compile("|".join(f"({spelling})" for spelling, _ in _SPELLINGS))
_DOUBLED = re.compile(r"([^aeiouy])\1+")
_AGAIN = re.compile(r"(.)\1+")
_OTHER_CH = """
    chaos chaot charac charis chasm chem choir choler cholest chor chr chef chic chiff champa chate chais
    chauf chapero charad chandel chalet
"""
_FOREIGN_CH = tuple(_OTHER_CH.split())
"""Beginnings of common words whose ch is not that of `cheese`."""
_VOWELS = "aeiouAIYOUWQ@"
_VOWEL = re.compile(f"[{_VOWELS}]")
_NEAR = ("AIYaei@", "OUWoua@")
"""Vowels that are written for each other."""
_SMALL_WORDS = """
    been right write rite can than then who how what whats whose way ways see sees say says there their will
    would could should does done goes gone being was were where when why here hear ran run no not
"""
SMALL = frozenset(_SMALL_WORDS.split())
"""Words that stand behind somebody's first name and are no part of it: `has sean been there`."""
_UNSTRESSED = re.compile("[aeiou](?=.)")
_LOOKS = tuple((re.compile(spelling), letter) for spelling, letter in (("ph", "f"), ("^[kg]n", "n")))
_MUTE, _HISSED = re.compile("gh|mb$|[aeiouyhw]"), re.compile("[ckqgszxj]|ti(?=[ao])")


Lasts: TypeAlias = Mapping[str, "Sequence[Named]"]
"""The names that a word may begin, by what their last words sound like but for the vowels."""


class Named(NamedTuple):
    """A name of two words, and whose it is."""

    first: str
    last: str
    owner: int


class Heard:
    """Full names of two words by how they sound. `owner` is whatever number the caller gives a name."""

    def __init__(self, names: Iterable[tuple[int, str]]) -> None:
        self._lasts: dict[str, dict[frozenset[str], dict[str, list[Named]]]] = {}
        """By what first words sound like, coarsely and exactly, and then by what last ones do."""
        self._ends: set[str] = set()
        for owner, written in names:
            words = written.casefold().split()
            if len(words) != _BESIDE or not all(map(_is_plain, words)) or len(written) <= _SHORTEST:
                continue
            first, last = words
            firsts = self._lasts.setdefault(coarse(first), {})
            lasts = firsts.setdefault(sounds(_squeezed(first)), {})
            for key in without_vowels(last):
                lasts.setdefault(key, []).append(Named(first, last, owner))
                self._ends.add(key)

    def lasts(self, word: str) -> Lasts:
        """Give the names that begin with a word, which has doubled letters once, and sounds exactly so."""
        if not _is_plain(word) or not (firsts := self._lasts.get(coarse(word))):
            return {}
        begun = [lasts for read, lasts in firsts.items() if not read.isdisjoint(sounds(word))]
        return begun[0] if len(begun) == 1 else _joined(begun)

    def last(self, word: str) -> frozenset[str]:
        """Give what a word may sound like, but for the vowels, if it may be the last of a name."""
        return without_vowels(word) & self._ends if _is_plain(word) else frozenset()


def owner_of(names: Iterable[Named], first: str, last: str) -> int | None:
    """Give the name that two words, as they are written in small letters, sound like."""
    if _is_plain(first) and _is_plain(last):
        for one, other, owner in names:
            is_other = (one, other) != (first, last) and coarse(other) == coarse(last)
            if is_other and _is_heard(one, other, first, last):
                return owner
    return None


def _joined(begun: Iterable[Lasts]) -> Lasts:
    joined: dict[str, list[Named]] = {}
    for lasts in begun:
        for key, names in lasts.items():
            joined.setdefault(key, []).extend(names)
    return joined


def _is_plain(word: str) -> bool:
    return len(word) >= _WORD_FROM and word.isascii() and word.isalpha()


@lru_cache(maxsize=1 << 15)
def coarse(word: str) -> str:
    """Give what all words share that may sound alike: consonants, those that may be s, k or j as one."""
    for pattern, letter in _LOOKS:
        word = pattern.sub(letter, word)
    return _AGAIN.sub(r"\1", _HISSED.sub("k", _MUTE.sub(lambda mute: "m" if mute[0] == "mb" else "", word)))


@lru_cache(maxsize=1 << 15)
def sounds(word: str) -> frozenset[str]:
    """Give the ways in which a word in the letters a to z may be read aloud in English."""
    word = _IRREGULAR.get(word, word)
    if word.startswith("ch") and word in common_words() and not word.startswith(_FOREIGN_CH):
        word = f"t{word}"
    options = list(_options(_DOUBLED.sub(r"\1", word), word))
    return frozenset(_unstressed("".join(each)) for each in islice(product(*options), _MOST))


@lru_cache(maxsize=1 << 13)
def without_vowels(word: str) -> frozenset[str]:
    """Give the ways in which a word may be read aloud, with all vowels as one."""
    return frozenset(_VOWEL.sub("@", read) for read in sounds(word))


def _options(word: str, written: str) -> Iterator[Sequence[str]]:
    for found in _SPELLING.finditer(word):
        read = _SPELLINGS[(found.lastindex or 1) - 1][1].split()
        # A vowel before a doubled consonant is short: `messy`, but not `misty`.
        if len(read) > 1 and found[0] in "aeiou" and re.search(rf"{found[0]}([^aeiouy])\1", written):
            read = [each for each in read if each.islower()]
        yield ["" if each == "-" else each for each in read] or [found[0]]


def _unstressed(read: str) -> str:
    """Give what is read with vowels in syllables behind the first that is short as one."""
    read = _AGAIN.sub(r"\1", read)
    first = _VOWEL.search(read)
    if first is None:
        return read
    rest = _UNSTRESSED.sub("@", read[first.end() :]).replace("Or", "@r")
    return read[: first.end()] + rest


def _is_heard(name_first: str, name_last: str, first: str, last: str) -> bool:
    """Say whether two words sound like a name: the first exactly, the last but for a vowel in a long name.

    Two common words do only if the first is a first name, but for a doubled letter, and the last has several
    syllables: `mat demon` is somebody, and neither `hail berry` nor `mark route` is.
    """
    if sounds(name_first).isdisjoint(sounds(first)):
        return False
    syllables, consonants = _size(name_last)
    if last in common_words():
        is_given = _squeezed(first) == _squeezed(name_first) and name_first in GIVEN
        if last in SMALL or (first in common_words() and (not is_given or syllables < _SYLLABLES)):
            return False
    apart = _vowels_apart(sounds(name_last), sounds(last))
    sure = _size(name_first)[1] + consonants >= _UNSURE_FROM
    return apart == 0 or (apart == 1 and sure and syllables >= _SYLLABLES)


@lru_cache(maxsize=1 << 13)
def _size(word: str) -> tuple[int, int]:
    """Count the vowels and the consonants of a word as it is read in the shortest way."""
    read = min(sounds(word), key=len)
    vowels = len(_VOWEL.findall(read))
    return vowels, len(read) - vowels


def _squeezed(word: str) -> str:
    return _AGAIN.sub(r"\1", word)


def _vowels_apart(ones: frozenset[str], others: frozenset[str]) -> int | None:
    """Give in how many vowels two words differ that have the same consonants; None for others."""
    if ones & others:
        return 0
    found = [
        sum(a != b for a, b in zip(one, other, strict=True))
        for one in ones
        for other in others
        if len(one) == len(other) and all(map(_may_be, one, other))
    ]
    return min(found, default=None)


def _may_be(sound: str, other: str) -> bool:
    return sound == other or any(sound in group and other in group for group in _NEAR)


def is_verb(word: str, after: str) -> bool:
    """Say whether a word does something to what comes after it: `tom crews the ship`."""
    return word.endswith(_VERB) and _OBJECT.match(after) is not None


_VERB = ("s", "ed")
_OBJECT = re.compile(r"\s+(?:the|an?|this|that|these|those|my|your|his|her|our|its|their)\b", re.IGNORECASE)
