"""A text as its markup shows it: of Discord and Markdown, of wildcards in braces, and of LaTeX.

`||tay||lor`, `[tay](https://...)lor`, `<:tay:123>lor` and `{tay|x}lor` all show one word. What a weight below
zero takes away, as in Midjourney's `hat::-1`, is read as `no hat`, and `🦇man` as the word that it pictures.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from itertools import zip_longest

_LINK = re.compile(r"\[([^\[\]()]{1,80})\]\((?:https?:|<|/|#|www\.)[^()\s]{0,200}\)", re.IGNORECASE)
_EMOJI = re.compile(r"<a?:(\w{1,32}):\d{0,24}>")
_REGIONAL = re.compile(r":regional_indicator_([a-z]):(?: (?=:regional))?", re.IGNORECASE)
_STRUCK = re.compile(r"(?<=\w)~~\w{0,20}~~(?=\w)")
"""What is struck out within a word."""
_PICTURED = re.compile("[\u2600-\u27bf\U0001f300-\U0001faff]\ufe0f?(?=[a-z])", re.IGNORECASE)
"""An emoji right before letters."""
_OF_PICTURES = frozenset(["FACE", "SIGN", "SYMBOL", "EMOJI"])
"""What the names of emoji say of these, and not of what they show."""
_MARKS = re.compile(r"\|\||~~|`")
_PARTED = re.compile(r"(?<!\w)(?:\w[|~]){2,}\w(?!\w)")
_GROUP = re.compile(r"\{([^{}]{0,80})\}")
_WITHIN = re.compile(r"[^\W\d_]\{|\}[^\W\d_]|\}\{|\|")
"""Braces that stand within a word, or have several options."""
_MOST_OPTIONS = 8
_COUNT = re.compile(r"\s*(?:[\d-]*\$\$|\d*\.?\d*::)\s*")
"""What says how many options are taken, or how often one is: `{2$$a|b}`, `{0.3::a|0.7::b}`."""
_TAKEN_AWAY = re.compile(r"(?:(?<=::)[\d.]*)?\s*\(?([^\s,;:|()][^,;:|()]{0,40}?)\s?::?\s?-\s?[\d.]+\)?")
_ACCENT = re.compile(r"\\(?:[`'^\"~=.]\{?|[uvHtcdbkr]\{)([a-z])\}?", re.IGNORECASE)


def unmarked(text: str) -> Iterator[str]:
    """Give what a text says once its markup is read, each kind by itself: perhaps the text as it is."""
    if "](" in text:
        yield _LINK.sub(r"\1", text)
    if ":" in text and ("<" in text or ":regional" in text.lower()):
        yield _REGIONAL.sub(r"\1", _EMOJI.sub(r"\1", text))
    if "|" in text or "~" in text or "`" in text:
        yield _MARKS.sub("", _STRUCK.sub("", text))
        yield _PARTED.sub(lambda parted: re.sub("[|~]", "", parted[0]), text)
    if "{" in text and _WITHIN.search(text):
        yield from _chosen(text)
    if ":-" in text:
        yield _TAKEN_AWAY.sub(r", no \1,", text)
    if not text.isascii() and _PICTURED.search(text):
        yield _PICTURED.sub(_what_it_shows, text)
    if "\\" in text:
        yield _ACCENT.sub(r"\1", text)


def _what_it_shows(emoji: re.Match[str]) -> str:
    names = [word for word in unicodedata.name(emoji[0][0], "").split() if word not in _OF_PICTURES]
    return names[-1].lower() if names else emoji[0]


def _chosen(text: str) -> Iterator[str]:
    """Give a text with the first option of each group in braces, with the second of each, and so on."""
    groups = [
        [_COUNT.sub("", option, count=1) for option in group.split("|")[:_MOST_OPTIONS]]
        for group in _GROUP.findall(text)
    ]
    for options in zip_longest(*groups):
        chosen = iter([option or group[0] for option, group in zip(options, groups, strict=True)])
        yield _GROUP.sub(lambda _, chosen=chosen: next(chosen), text)  # type: ignore[misc]
