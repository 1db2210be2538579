"""The form of a prompt: what is refused before its words are read."""

from __future__ import annotations

import re
import unicodedata

from moderation.told import Told
from moderation.verdict import Reason

PROMPT_LIMIT = 1000
"""Characters in a prompt. CLIP reads 75 tokens at a time; a message of Discord holds 2,000 characters."""
NESTING_LIMIT = 50
"""Brackets inside brackets. Each level multiplies a weight by 1.1, and 50 levels by 117."""

_BIDI_CONTROLS = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
_NO_DIRECTIONS = dict.fromkeys(map(ord, _BIDI_CONTROLS))
_BLANK_LETTERS = "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0"
"""Letters and marks without ink: fillers of Hangul, Khmer vowels, the empty pattern of Braille."""
_BLANK_LETTER = re.compile(f"[{_BLANK_LETTERS}]")
_VISIBLE_FORMATS = "\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd"
"""Characters of category Cf that do show: signs that span Arabic, Syriac and Kaithi numbers."""
_JOINERS = "\u200c\u200d"
_FLAG = re.compile("\U0001f3f4[\U000e0020-\U000e007e]+\U000e007f")
"""A black flag with tags: how England, Scotland and Wales are spelled (UTS 51)."""


def one_line(text: str) -> str:
    """Join several lines into one: prompts are pasted with the line breaks that they had elsewhere."""
    return " ".join(text.split()) if len(text.splitlines()) > 1 else text


def undirected(text: str) -> str:
    """Leave out what changes the direction of a text: the rest of a sentence would be read backwards."""
    return text.translate(_NO_DIRECTIONS)


def malformed(text: str, name: str, *, may_be_empty: bool = False) -> Reason | None:
    """Say what is wrong with the form of a prompt, or None. `name` is what members call the text.

    Refused are texts that are empty or longer than `PROMPT_LIMIT` characters, brackets nested deeper than
    `NESTING_LIMIT`, and characters that make a text look like another one: control characters and line
    breaks, bidirectional controls (UAX 9), invisible characters, halves of surrogate pairs. Arabic, Hebrew,
    Persian and Indic text passes, and so do emoji with their joiners and variation selectors.
    """
    if len(text) > PROMPT_LIMIT:
        return _reason(
            f"{len(text)} characters",
            Told(
                "The {name} has {length:,} characters; {most:,} is the most. Please shorten it.",
                name=name,
                length=len(text),
                most=PROMPT_LIMIT,
            ),
        )
    if bad := _first_bad_character(text):
        position, kind = bad
        return _of_character(name, kind, f"U+{ord(text[position]):04X}", position + 1)
    if not text.strip() and not may_be_empty:
        return empty(name)
    if _depth(text) > NESTING_LIMIT:
        return _reason(
            f"more than {NESTING_LIMIT} levels",
            Told(
                "The {name} nests brackets more than {most} deep. "
                "Please write a weight instead, such as (word:1.3).",
                name=name,
                most=NESTING_LIMIT,
            ),
        )
    return None


def empty(name: str) -> Reason:
    """Say that a prompt says nothing."""
    return _reason("empty", Told("The {name} is empty. Please say what the picture should show.", name=name))


def _of_character(name: str, kind: str, code: str, place: int) -> Reason:
    explanation = Told(
        "The {name} holds {kind} ({code}, character {place}). "
        "Please remove it, or type the text again by hand on one line.",
        name=name,
        kind=kind,
        code=code,
        place=place,
    )
    return _reason(code, explanation)


def _reason(matched: str, explanation: Told) -> Reason:
    return Reason(rule="malformed", matched=matched, explanation=explanation)


def _first_bad_character(text: str) -> tuple[int, Told] | None:
    if text.isprintable() and (text.isascii() or not _BLANK_LETTER.search(text)):
        return None
    # Flags are blanked at equal length, so that positions stay those of the member's text.
    plain = _FLAG.sub(lambda flag: " " * len(flag[0]), text)
    for position, character in enumerate(plain):
        before = plain[position - 1] if position else " "
        if kind := _what_is_bad(character, before):
            return position, kind
    return None


def _what_is_bad(character: str, before: str) -> Told | None:
    category = unicodedata.category(character)
    if category == "Cs":
        return Told("half of a character")
    if category in ("Cc", "Zl", "Zp"):
        return Told("a line break or another control character")
    if character in _BIDI_CONTROLS:
        return Told("a character that changes the direction of the text")
    if character in _JOINERS:
        # Scripts that need joiners have no upper and lower case (category Lo); emoji are symbols, perhaps
        # with a skin tone or a selector between. After a Latin letter a joiner only hides the word.
        joins = unicodedata.category(before) in ("Lo", "Mn", "Mc", "So", "Sk")
        return None if joins else Told("an invisible character")
    if character in _BLANK_LETTERS or (category == "Cf" and not re.match(f"[{_VISIBLE_FORMATS}]", character)):
        return Told("an invisible character")
    return None


def _depth(text: str) -> int:
    """Count how many brackets are open at once at most; escaped ones do not count.

    Where there are too few of them for that to matter, that is none.
    """
    if sum(map(text.count, "([{")) <= NESTING_LIMIT:
        return 0
    depth = deepest = 0
    written = re.sub(r"\\.", "", text) if "\\" in text else text
    for bracket in re.findall(r"[(\[{)\]}]", written):
        depth = depth + 1 if bracket in "([{" else max(0, depth - 1)
        deepest = max(deepest, depth)
    return deepest
