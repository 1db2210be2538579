"""In letters of which script something is written, and whether that may be meant for Latin."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

LATIN = "LATIN"
_LAST_MARK = 0xABFF
_UNSEEN = frozenset("\u034f\u17b4\u17b5\u180b\u180c\u180d\u180f")
_SCRIPTS = {"CYRILLIC", "GREEK", "ARMENIAN", "HEBREW", "ARABIC", "GEORGIAN"}
"""Scripts of whole languages. Other letters that look Latin are there for their looks."""
_LOOK_LATIN = frozenset("асеорхуіјѕһԁԛԝαοι")
"""Letters of other scripts that are Latin ones to every eye."""
_IS_LATIN = re.compile("[a-zA-Z]{2}")


@lru_cache(maxsize=1 << 14)
def script_of(term: str) -> str:
    """Name the script of the first letter that is not Latin, or LATIN."""
    names = (unicodedata.name(letter, "").partition(" ")[0] for letter in term if letter.isalpha())
    return next((name for name in names if name != LATIN), LATIN)


def may_be_latin(quote: str, around: str) -> bool:
    """Say whether some letters may be meant for Latin ones that they look like.

    They are not in a text that is of such letters throughout: Russian for a packet looks like a Swedish word,
    and an organ like the name Oprah.
    """
    scripts = {script_of(letter) for letter in quote if letter.isalpha()}
    if not scripts or LATIN in scripts or not scripts <= _SCRIPTS:
        return True
    alone = not any(map(str.isalpha, around)) and _LOOK_LATIN.issuperset(quote.casefold())
    return alone or _IS_LATIN.search(around) is not None


def _marks() -> str:
    marks = (
        chr(code) for code in range(0x300, _LAST_MARK) if unicodedata.category(chr(code)) in ("Mn", "Mc")
    )
    return "".join(mark for mark in marks if mark not in _UNSEEN)


MARKS = _marks()
"""What letters are written with that `\\w` of a pattern leaves out: the vowels of Hindi or Thai, for one.

Whatever is written in a word is `[\\w{MARKS}]`.
"""
