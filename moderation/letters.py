"""Characters as letters: what a character is read as, whatever it was written as.

This is for matching only. Look-alikes, compatibility forms, accents and signs that stand for letters all
become the one letter that they are read as, in lists as in texts, so that both meet.
"""

from __future__ import annotations

import re
import unicodedata
from enum import IntEnum
from functools import cache, lru_cache
from typing import NamedTuple

from moderation import manifest


class Kind(IntEnum):
    """What a character is to a word."""

    NOTHING = 0
    """Neither seen nor drawn: accents, zero-width characters."""
    SYNTAX = 1
    """`FILLER`: seen, but not drawn."""
    SIGN = 2
    """Between letters: punctuation, emoji."""
    SPACE = 3
    LETTER = 4
    DIGIT = 5
    """A digit, and a letter if there are letters around it."""
    LEET = 6
    """A sign that is a letter if there are letters around it: `@`, `$`, `!`."""
    KATAKANA = 7
    """A letter of a script in which a change of script ends a word."""
    FREE = 8
    """A letter of a script that is written without spaces: a word may begin and end anywhere."""


class Folded(NamedTuple):
    """A character as it is read: no, one or several letters (lower case, without accents), and its kind."""

    letters: str
    kind: Kind


FILLER = "\ue000"
"""A private character that stands for each one of syntax: weights, numbers in brackets, escapes."""
LEET = dict(zip("0134567892@$!|€£¢i", "oleasgtbgzasllelcl", strict=True))
"""What digits and signs are written for. i, l, 1, ! and | are one letter: they stand for each other."""
MERGE = str.maketrans(LEET)
"""From letters as they are read to letters as they are compared."""
SIGNS = str.maketrans(
    {sign: "i" if letter == "l" else letter for sign, letter in LEET.items() if sign != "i"}
)
"""From digits and signs to the letters that they stand for first of all."""

VOICE_MARKS = ("\u3099", "\u309a")
"""Dakuten and handakuten: marks, but part of the letter."""
_FREE = re.compile(
    "[\u3005-\u3007\u3041-\u3096\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]"
)
_KATAKANA = re.compile("[\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff]")
_OWN = re.compile(f"{_FREE.pattern}|{_KATAKANA.pattern}|[\u1100-\u11ff\uac00-\ud7ff]")
"""Scripts that are read for themselves, whatever their letters look like: kana, Han, Thai, Hangul."""
_VOWEL_SIGNS = re.compile("[\u0900-\u0dff\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]")
"""Scripts whose marks are vowels, and not accents."""
_HAN = re.compile("[\u3400-\u9fff]")
_ONE_FORM = dict(zip("كيىةأإآؤئ", "کییهاااوی", strict=True))
"""Letters that Arabic and Persian keyboards have one form of each."""
_BLANK = "\u0640\u115f\u1160\u3164\uffa0"
"""Letters to Unicode that have no form of their own: what lengthens Arabic ones, and Hangul fillers."""
_NUKTA = "\u093c\u09bc\u0a3c\u0abc\u0b3c"


class _Folds(dict[str, Folded]):
    """Folded characters by character, each folded when it is first met."""

    def __missing__(self, character: str) -> Folded:
        folded = self[character] = _fold(character)
        return folded


FOLDED = _Folds()
"""What each character is read as."""


class _Read(dict[int, str]):
    """The letters of folded characters by their number, as `str.translate` asks for them."""

    def __missing__(self, number: int) -> str:
        letters = self[number] = FOLDED[chr(number)].letters
        return letters


READ = _Read({ord(" "): " "})
"""From characters to the letters that they are read as; spaces stay."""


def _fold(character: str) -> Folded:
    if character in _BLANK:
        return Folded("", Kind.NOTHING)
    if character == FILLER:
        return Folded("", Kind.SYNTAX)
    if character.isspace() or unicodedata.category(character) in ("Cc", "Zl", "Zp"):
        return Folded("", Kind.SPACE)
    if character in "@$!|€£¢":
        return Folded(character, Kind.LEET)
    alike = as_latin(character)
    if len(character.casefold()) > 1 or not (alike.isascii() and alike.isalnum()):
        inked = filter(_has_ink, unicodedata.normalize("NFKD", character.casefold()))
        alike = "".join(map(as_latin, inked))
    letters = alike.lower()
    letters = unicodedata.normalize("NFC", letters).casefold()
    letters = "".join(_ONE_FORM.get(letter, letter) for letter in letters if _is_letter(letter))
    if _HAN.search(letters):
        letters = letters.translate(_simplified())
    if not letters:
        nothing = unicodedata.category(character) in ("Mn", "Me", "Cf", "Cs")
        return Folded("", Kind.NOTHING if nothing else Kind.SIGN)
    return Folded(letters, _kind(letters[0]) if character.isdigit() or not letters.isdigit() else Kind.LETTER)


@cache
def _simplified() -> dict[int, str]:
    """Give the simplified form of each traditional Chinese character."""
    table = manifest.text("data/traditional.txt").splitlines()
    return dict(zip(map(ord, table[1]), table[2], strict=True))


def _kind(letter: str) -> Kind:
    if letter.isdigit():
        return Kind.DIGIT
    if _KATAKANA.match(letter):
        return Kind.KATAKANA
    return Kind.FREE if _FREE.match(letter) else Kind.LETTER


def _is_letter(character: str) -> bool:
    return character.isalnum() or (character in VOICE_MARKS or _VOWEL_SIGNS.match(character) is not None)


def _has_ink(character: str) -> bool:
    if unicodedata.category(character) in ("Mn", "Me", "Cf", "Cs"):
        vowel = _VOWEL_SIGNS.match(character) is not None and character not in _NUKTA
        return vowel or character in VOICE_MARKS
    return True


_LETTER_NAME = re.compile(r"(?:LATIN|SYMBOL)\b.*?\bLETTER (?:[A-Z]{2,} )*([A-Z])\b")
"""LATIN LETTER SMALL CAPITAL N, LATIN SMALL LETTER N WITH HOOK, REGIONAL INDICATOR SYMBOL LETTER N ..."""
_MORE_LOOK_ALIKES = dict(
    zip("ηкκмнпвгтτŋειχєᑎᑌᗪᗩᗷᑕᖴᕼᒍᒪᗰᑭᖇᔕᐯᗯ᙭ᘔ✝💲", "nkkmhnbrttneixenudabcfhjlmprsvwxzts", strict=True)
)
"""Alike enough to be read in a word, though Unicode's table does not list them."""


@lru_cache(maxsize=4096)
def as_latin(character: str) -> str:
    """Give the Latin letter or digit that a character is a form of or looks like (UTS 39), or itself.

    What looks like i looks like l: it is read as 1, which may be either.
    """
    if character.isascii():
        return character
    # Unicode's table takes longer to load than most prompts, which are ASCII, take to judge.
    from confusable_homoglyphs import confusables  # type: ignore[import-untyped]

    if (digit := unicodedata.digit(character, None)) is not None:
        return str(digit)
    if letter := _LETTER_NAME.search(unicodedata.name(character, "")):
        return letter[1].lower()
    if _OWN.match(character):
        return character
    for form in (character, character.casefold()):
        if form in _MORE_LOOK_ALIKES:
            return _MORE_LOOK_ALIKES[form]
        for found in confusables.is_confusable(form) or ():
            for alike in found["homoglyphs"]:
                if len(alike["c"]) == 1 and alike["c"].isascii() and alike["c"].isalpha():
                    latin = str(alike["c"]).lower()
                    return "1" if latin in "il" else latin
    return character
