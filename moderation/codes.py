"""What a text says in codes that anybody can look up, and in words whose vowels are hidden.

The codes are entities of HTML, the escapes of addresses and programs, base64, and the spelling alphabet.
"""

from __future__ import annotations

import base64
import binascii
import html
import re
from urllib.parse import unquote

_ENTITY = re.compile(r"&(?:#\d{1,7}|#x[0-9a-f]{1,6}|[a-z]{2,8});?", re.IGNORECASE)
_MIXED = re.compile(r"[a-z0-9][A-Z]")
"""What texts in base64 have, and words mostly not: looked for first, as nearly all prompts have none."""
_BASE64 = re.compile(r"(?<![\w+/=-])[A-Za-z0-9+/_-]{6,}={0,2}(?![\w+/=-])")
_READABLE = re.compile(r"[A-Za-z][A-Za-z ,.'-]{3,}")
"""What is taken for words: most words that happen to be base64, too, are not decoded to such."""
_CALLED = (
    "alpha|alfa|bravo|charlie|delta|echo|foxtrot|golf|hotel|india|juliet|juliett|kilo|lima|mike|november|oscar|"
    "papa|quebec|romeo|sierra|tango|uniform|victor|whiskey|whisky|xray|yankee|zulu"
)
_ESCAPED = re.compile(r"\\u([0-9a-f]{4})|\\x([0-9a-f]{2})", re.IGNORECASE)
_HIDES = re.compile(r"[a-z](?:[a-z]*[*•_]+)+[a-z]*", re.IGNORECASE)
_HIDES_VOWELS = re.compile(r"[a-z][b-df-hj-np-tv-z*•_]*", re.IGNORECASE)
_HIDING = re.compile("[*•_]")
_INITIALS = frozenset(_CALLED.split("|"))
_SPELLED = re.compile(rf"\b(?:{_CALLED})(?:[\s,.-]+(?:{_CALLED}))+\b", re.IGNORECASE)
_FEWEST = 4
"""Letters that are spelled out: "a hotel in india" spells none, and "oscar, mike and papa" are three men."""


def decoded(text: str) -> list[str]:
    """Give what a text says once its codes are read, each kind by itself; nothing where there are none."""
    read = list[str]()
    if "&" in text:
        read.append(_ENTITY.sub(lambda entity: html.unescape(entity[0]), text))
    if "%" in text:
        read.append(unquote(text))
    if "\\" in text:
        read.append(_ESCAPED.sub(lambda escape: chr(int(escape[1] or escape[2], 16)), text))
    if _HIDING.search(text):
        read.append(_HIDES.sub(_without_signs, text))
    if _MIXED.search(text):
        read.append(_BASE64.sub(_from_base64, text))
    if len(_INITIALS.intersection(text.lower().replace(",", " ").replace("-", " ").split())) > 1:
        read.append(_SPELLED.sub(_from_alphabet, text))
    return [each for each in dict.fromkeys(read) if each != text]


def _without_signs(word: re.Match[str]) -> str:
    """Leave out what stands for letters; `_` also parts words, so only where these have no vowels."""
    if "_" in word[0] and not _HIDES_VOWELS.fullmatch(word[0]):
        return word[0]
    return _HIDING.sub("", word[0])


def _from_base64(word: re.Match[str]) -> str:
    if not _MIXED.search(word[0]):
        return word[0]
    data = word[0].rstrip("=").replace("-", "+").replace("_", "/")
    try:
        said = base64.b64decode(data + "=" * (-len(data) % 4), validate=True).decode("ascii")
    except (binascii.Error, UnicodeDecodeError):
        return word[0]
    return said if _READABLE.fullmatch(said.strip()) else word[0]


def _from_alphabet(spelled: re.Match[str]) -> str:
    letters = [word[0].lower() for word in re.findall(_CALLED, spelled[0], re.IGNORECASE)]
    return "".join(letters) if len(letters) >= _FEWEST else spelled[0]
