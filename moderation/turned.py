"""The parts of a prompt that a weight below zero turns into their opposite."""

from __future__ import annotations

import re

_BELOW_ZERO = r"-\s*(?:\d|\.\d)"
_WEIGHT_INSIDE = re.compile(rf":\s*{_BELOW_ZERO}[\d.]*\s*$")
_WEIGHT_BEHIND = re.compile(rf"\s*{_BELOW_ZERO}")


def turned(text: str) -> str:
    """Give the words of `(a:-1)`, `(a)-1` and `AND a :-1`, with whatever is nested in them.

    In a prompt they say what the picture shall not show, in a negative prompt what it shall.
    """
    parts = [part for part in re.split(r"\bAND\b", text) if _WEIGHT_INSIDE.search(part)]
    opened: list[int] = []
    for position, character in enumerate(text):
        if character == "(":
            opened.append(position)
        elif character == ")" and opened:
            inside = text[opened.pop() + 1 : position]
            if _WEIGHT_INSIDE.search(inside) or _WEIGHT_BEHIND.match(text, position + 1):
                parts.append(inside)
    return ", ".join(parts)
