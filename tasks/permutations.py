"""Permutations: `{red, blue} house` is two prompts, one for each thing that the braces list."""

from __future__ import annotations

import re

from moderation.told import Told

MOST_PROMPTS = 16
_MOST_FILLED = 200
"""Lists that are filled in: with more, there are too many prompts, or the same ones over and over."""

_INNERMOST = re.compile(r"\{([^{}]*)\}")
_ASIDE = {"{": "\ue000", "}": "\ue001", ",": "\ue002"}
"""What stands for signs that mean nothing, while the others are read."""
_BACK = str.maketrans({aside: sign for sign, aside in _ASIDE.items()})


class TooManyPrompts(ValueError):
    """Braces list more than is drawn at once; the message is a sentence."""


def permuted(prompt: str) -> tuple[str, ...]:
    r"""List the prompts that one with braces stands for, in order and each once; at most 16.

    Braces are meant so if they list at least two different things, one of which may be nothing. They may
    hold others, and commas inside other brackets part nothing. All else in braces stays as it is written, and
    so does what is written `\{`, `\}` and `\,`.
    Raises TooManyPrompts.
    """
    open_ones = [re.sub(r"\\([{},])", lambda escaped: _ASIDE[escaped[1]], prompt)]
    prompts, filled = dict[str, None](), 0
    while open_ones and filled <= _MOST_FILLED:
        text = open_ones.pop(0)
        if (found := _INNERMOST.search(text)) is None:
            prompts[_tidy(text.translate(_BACK)) if text != prompt else text] = None
        else:
            before, after = text[: found.start()], text[found.end() :]
            listed = dict.fromkeys(option.strip() for option in _parted(found[1]))
            if len(listed) > 1:
                open_ones[:0] = [before + option + after for option in listed]
                filled += 1
            else:
                open_ones.insert(0, f"{before}{_ASIDE['{']}{found[1]}{_ASIDE['}']}{after}")
    if open_ones or len(prompts) > MOST_PROMPTS:
        raise TooManyPrompts(
            Told(
                "Your braces list more than {most} prompts, and no more are drawn at once. Please list less.",
                most=MOST_PROMPTS,
            )
        )
    return tuple(prompts)


def _parted(text: str) -> list[str]:
    """Part what braces list at its commas, but for those in brackets: `(red, green:1.2)` is one thing."""
    parts, depth = [""], 0
    for sign in text:
        depth = max(0, depth + (sign in "([<") - (sign in ")]>"))
        if sign == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += sign
    # A bracket that is never closed holds nothing together.
    return parts if depth == 0 else text.split(",")


def _tidy(text: str) -> str:
    """Close the gaps that are left where nothing was put in."""
    return re.sub(r" {2,}", " ", text).strip()
