"""A text as its markup shows it: of Discord and Markdown, of wildcards in braces, and of LaTeX.

`||tay||lor`, `[tay](https://...)lor`, `<:tay:123>lor` and `{tay|x}lor` all show one word.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import zip_longest

_LINK = re.compile(r"\[([^\[\]()]{1,80})\]\((?:https?:|<|/|#|www\.)[^()\s]{0,200}\)", re.IGNORECASE)
_EMOJI = re.compile(r"<a?:(\w{1,32}):\d{0,24}>")
_REGIONAL = re.compile(r":regional_indicator_([a-z]):(?: (?=:regional))?", re.IGNORECASE)
_STRUCK = re.compile(r"(?<=\w)~~\w{0,20}~~(?=\w)")
"""What is struck out within a word."""
_MARKS = re.compile(r"\|\||~~|`")
_PARTED = re.compile(r"(?<!\w)(?:\w[|~]){2,}\w(?!\w)")
_GROUP = re.compile(r"\{([^{}]{0,80})\}")
_WITHIN = re.compile(r"[^\W\d_]\{|\}[^\W\d_]|\}\{")
"""Braces that stand within a word."""
_MOST_OPTIONS = 4
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
    if "\\" in text:
        yield _ACCENT.sub(r"\1", text)


def _chosen(text: str) -> Iterator[str]:
    """Give a text with the first option of each group in braces, with the second of each, and so on."""
    groups = [group.split("|")[:_MOST_OPTIONS] for group in _GROUP.findall(text)]
    for options in zip_longest(*groups):
        chosen = iter([option or group[0] for option, group in zip(options, groups, strict=True)])
        yield _GROUP.sub(lambda _, chosen=chosen: next(chosen), text)  # type: ignore[misc]
