"""Full names sounded out from other scripts in the letters a to z: `maikeru jakuson`, `dzhonni depp`."""

from __future__ import annotations

import re
from collections.abc import Sequence

from anyascii import anyascii

from moderation.reading import compared_words

_BETWEEN = re.compile(r"[\s・·=＝‐-]+")
_CYRILLIC, _KATAKANA = re.compile("[\u0400-\u04ff]+"), re.compile("[\u30a1-\u30fc]+")
_UNHEARD = str.maketrans("", "", "ッー")
"""What doubles a consonant or a vowel: doubled letters are compared once."""
_SMALL = dict(zip("ァィゥェォャュョ", ("a", "i", "u", "e", "o", "ya", "yu", "yo"), strict=True))
_PALATAL = ("sh", "ch", "j")
"""What is written without the y of a small letter behind it."""


def sounded_out(written: str) -> Sequence[str]:
    """Give the words of a full name in Cyrillic letters or katakana as they are compared, else none."""
    words = _BETWEEN.split(written)
    if len(words) < 2:
        return ()
    if all(map(_CYRILLIC.fullmatch, words)):
        return compared_words(re.sub("[^a-z]", "", anyascii(word).lower()) for word in words)
    return compared_words(map(_romaji, words)) if all(map(_KATAKANA.fullmatch, words)) else ()


def _romaji(word: str) -> str:
    """Write katakana as Hepburn does: `スウィフト` is suwifuto."""
    read = ""
    for letter in word.translate(_UNHEARD):
        if (small := _SMALL.get(letter)) is None:
            read += anyascii(letter).lower()
            continue
        # It takes the place of the vowel before it, of which u becomes w: `ウィ` is wi.
        before = read[:-1] or "w"
        if read[-1:] == "u" and read[-2:-1] in tuple("aiueo"):
            before = f"{read[:-1]}w"
        read = before + (small.removeprefix("y") if before.endswith(_PALATAL) else small)
    return read
