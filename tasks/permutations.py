"""Permutations: `{red, blue} house` is two prompts, one for each thing that the braces list."""

from __future__ import annotations

import re

from moderation.told import Told

MOST_PROMPTS = 16
_MOST_FILLED = 200
"""Lists that are filled in: with more, there are too many prompts, or the same ones over and over."""

_COMMAS = ",，﹐、﹑､،"
"""Each script has one of its own, and keyboards for Japanese write braces as wide as other signs."""
_INNERMOST = re.compile("([{｛﹛])([^{｛﹛}｝﹜]*)([}｝﹜])")
_SIGNS = "{｛﹛}｝﹜" + _COMMAS
_ESCAPED = re.compile(rf"\\([{_SIGNS}])")
_ASIDE = {sign: chr(0xE000 + place) for place, sign in enumerate(_SIGNS)}
"""What stands for signs that mean nothing, while the others are read."""
_BACK = str.maketrans({aside: sign for sign, aside in _ASIDE.items()})


class TooManyPrompts(ValueError):
    """Braces list more than is drawn at once; the message is a sentence."""

    def __init__(self) -> None:
        super().__init__(
            Told(
                "Your braces list more than {most} prompts, and no more are drawn at once. Please list less.",
                most=MOST_PROMPTS,
            )
        )


def permuted(prompt: str) -> tuple[str, ...]:
    r"""List the prompts that one with braces stands for, in order and each once; at most 16.

    Braces are meant so if they list at least two different things, one of which may be nothing. They may
    hold others, and commas inside other brackets part nothing. All else in braces stays as it is written, and
    so does what is written `\{`, `\}` and `\,`. The commas of other scripts and full-width braces mean the
    same. Raises TooManyPrompts.
    """
    return tuple(dict.fromkeys(map(written, listed(prompt))))


def listed(prompt: str) -> list[str]:
    """Do the same, but keep aside the signs that mean nothing: others may be put in later, and are meant.

    `written` makes prompts of these.
    """
    open_ones = [_ESCAPED.sub(lambda escaped: _ASIDE[escaped[1]], prompt)]
    prompts, filled = dict[str, None](), 0
    while open_ones and filled <= _MOST_FILLED:
        text = open_ones.pop(0)
        if (found := _INNERMOST.search(text)) is None:
            prompts[_tidy(text) if text != prompt else text] = None
        else:
            before, after = text[: found.start()], text[found.end() :]
            options = dict.fromkeys(option.strip() for option in _parted(found[2]))
            if len(options) > 1:
                open_ones[:0] = [before + option + after for option in options]
                filled += 1
            else:
                open_ones.insert(0, f"{before}{_ASIDE[found[1]]}{found[2]}{_ASIDE[found[3]]}{after}")
    if open_ones or len(prompts) > MOST_PROMPTS:
        raise TooManyPrompts
    return list(prompts)


def written(listed: str) -> str:
    """Give a prompt with the signs that mean nothing, as they were written."""
    return listed.translate(_BACK)


def _parted(text: str) -> list[str]:
    """Part what braces list at its commas, but for those in brackets: `(red, green:1.2)` is one thing."""
    parts, depth = [""], 0
    for sign in text:
        depth = max(0, depth + (sign in "([<（［＜") - (sign in ")]>）］＞"))
        if sign in _COMMAS and depth == 0:
            parts.append("")
        else:
            parts[-1] += sign
    # A bracket that is never closed holds nothing together.
    return parts if depth == 0 else re.split(f"[{_COMMAS}]", text)


def _tidy(text: str) -> str:
    """Close the gaps that are left where nothing was put in."""
    return re.sub(r" {2,}", " ", text).strip()
