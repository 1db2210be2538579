"""Normalising a text before words are looked for: every way of writing a word becomes that word.

This is for matching only. What is rendered and shown is the text as the member wrote it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from itertools import groupby
from typing import NamedTuple


class Readings(NamedTuple):
    """What a text may say: lower-case words with one space between them, and nothing else.

    `words` holds the readings of the text as a whole. `spelled` holds runs of letters that were written one
    by one, joined: where one word ended and the next began can no longer be told.
    """

    words: tuple[str, ...]
    spelled: tuple[str, ...]


def readings(text: str) -> Readings:
    """Read a text as it stands, with look-alike letters as Latin ones, and with digits and signs as letters.

    Each of these is read with punctuation as a space (`nude,woman`) and as nothing (`nu(de)`, `n.u.d.e`).
    """
    latin = normalise("".join(map(_as_latin, text)))
    bases = dict.fromkeys((normalise(text), latin, *(_without_leet(latin, table) for table in _LEET)))
    words = [reading for base in bases for reading in (words_of(base), words_of(_NOT_WORD.sub("", base)))]
    spelled = [_SEPARATORS.sub("", run[0]) for base in bases for run in _SPELLED.finditer(base)]
    return Readings(tuple(dict.fromkeys(words)), tuple(dict.fromkeys(spelled)))


def without_repetition(texts: Iterable[str]) -> list[str]:
    """Give the runs of words that no earlier text holds, with what surrounds them: no more need be read."""
    seen: set[tuple[str, ...]] = set()
    runs = []
    for text in texts:
        words = text.split()
        places = range(max(1, len(words) - _AROUND + 1))
        phrases = [tuple(words[place : place + _AROUND]) for place in places]
        new = [place for place in places if phrases[place] not in seen]
        seen.update(phrases)
        places_read = sorted({place + i for place in new for i in range(len(phrases[place]))})
        runs += [
            " ".join(words[place] for _, place in run)
            for _, run in groupby(enumerate(places_read), key=lambda pair: pair[1] - pair[0])
        ]
    return runs


def normalise(text: str) -> str:
    """Fold away case, compatibility forms, accents, invisible characters and weight syntax. Idempotent.

    The weight syntaxes are those of A1111 (`(a:1.3)`, `[a:b:0.5]`, `<lora:a:0.8>`, escapes such as `\\(`),
    Compel (`(a)1.3`, `a++`) and exclamation marks (`a!!`). Brackets stay.
    """
    while (folded := _WEIGHTS.sub("", _fold(text))) != text:
        text = folded
    return text


def words_of(text: str) -> str:
    """Reduce a normalised text to its words. Japanese and Chinese are parted from adjacent Latin words."""
    return " ".join(_EDGE.sub(" ", _NOT_WORD.sub(" ", text)).split())


_WEIGHTS = re.compile(
    r"(?:\s*:\s*[+-]?[\d.]+)+\s*(?=[)\]>])"  # (a:1.3) [a:b:0.5] <lora:a:0.8>
    r"|(?<=\))(?:[0-2]?\.\d+|[0-2])(?![\w.])"  # (a)1.3
    r"|(?<=[\w)])[!+-]+(?!\w)"  # a!! a++ (a)--
    r"|\\(?!\w)"  # \( escaped
)
_AROUND = 12
"""Words that are looked at together: a term spelled out letter by letter has that many."""
_SEPARATORS = re.compile(r"[\W_]+")
_SPELLED = re.compile(r"(?<![^\W_])[^\W_](?:[\W_]{1,3}[^\W_]){2,}(?![^\W_])")
"""At least three letters, each by itself: `n u d e`, `n.u.d.e`, `n - u - d - e`."""
_NOT_WORD = re.compile(r"[^\w\s]|_")
_CJK = "\u3040-\u30ff\u3400-\u9fff"
_EDGE = re.compile(rf"(?<=[{_CJK}])(?=[a-z0-9])|(?<=[a-z0-9])(?=[{_CJK}])")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_VOICE_MARKS = "\u3099\u309a"
"""Dakuten and handakuten: marks, but part of the letter."""


def _fold(text: str) -> str:
    marked = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(filter(_has_ink, _CONTROL.sub(" ", marked)))
    return unicodedata.normalize("NFKC", bare).casefold()


def _has_ink(character: str) -> bool:
    return character in _VOICE_MARKS or unicodedata.category(character) not in ("Mn", "Me", "Cf", "Cs")


_LETTER_NAME = re.compile(r"(?:LATIN|SYMBOL)\b.*?\bLETTER (?:[A-Z]{2,} )*([A-Z])\b")
"""LATIN LETTER SMALL CAPITAL N, LATIN SMALL LETTER N WITH HOOK, REGIONAL INDICATOR SYMBOL LETTER N ..."""
_MORE_LOOK_ALIKES = dict(zip("ηкмнпвгтτŋ", "nkmhnbrttn", strict=True))
"""Alike enough to be read in a word, though Unicode's table does not list them."""


@lru_cache(maxsize=4096)
def _as_latin(character: str) -> str:
    """Give the Latin letter or digit that a character is a form of or looks like (UTS 39), or itself."""
    if character.isascii():
        return character
    # Unicode's table takes longer to load than most prompts, which are ASCII, take to judge.
    from confusable_homoglyphs import confusables  # type: ignore[import-untyped]

    if (digit := unicodedata.digit(character, None)) is not None:
        return str(digit)
    if letter := _LETTER_NAME.search(unicodedata.name(character, "")):
        return letter[1].lower()
    for form in (character, character.casefold()):
        if form in _MORE_LOOK_ALIKES:
            return _MORE_LOOK_ALIKES[form]
        for found in confusables.is_confusable(form) or ():
            for alike in found["homoglyphs"]:
                if len(alike["c"]) == 1 and alike["c"].isascii() and alike["c"].isalpha():
                    return str(alike["c"]).lower()
    return character


_LETTER = re.compile("[a-z]")
_LEET = tuple(str.maketrans("01345678@$!|", f"o{one}easgtbas{one}{one}") for one in "il")
"""Digits and signs for letters; 1, ! and | stand for i as often as for l."""


def _without_leet(text: str, table: dict[int, int]) -> str:
    """Read digits and signs as letters, in words that have a letter and where they stand alone: `s 3 x`."""
    words = text.split(" ")
    return " ".join(
        word.translate(table) if len(word) == 1 or _LETTER.search(word) else word for word in words
    )
