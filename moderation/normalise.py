"""A text reduced to its words: without case, accents, invisible characters, weights and punctuation."""

from __future__ import annotations

import re
import unicodedata


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
_NOT_WORD = re.compile(r"[^\w\s]|_")
_CJK = "\u3040-\u30ff\u3400-\u9fff"
_EDGE = re.compile(rf"(?<=[{_CJK}])(?=[a-z0-9])|(?<=[a-z0-9])(?=[{_CJK}])")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_VOICE_MARKS = "\u3099\u309a"
"""Dakuten and handakuten: marks, but part of the letter."""


def _fold(text: str) -> str:
    if text.isascii():
        return _CONTROL.sub(" ", text.lower())
    marked = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(filter(_has_ink, _CONTROL.sub(" ", marked)))
    return unicodedata.normalize("NFKC", bare).casefold()


def _has_ink(character: str) -> bool:
    return character in _VOICE_MARKS or unicodedata.category(character) not in ("Mn", "Me", "Cf", "Cs")
