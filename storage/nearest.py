"""Lists of names that fit a sentence: the few that are spelt most like what was asked for."""

from __future__ import annotations

from collections.abc import Callable, Collection
from difflib import get_close_matches

from moderation.told import Told

_LONGEST = 60
"""Characters of a name; files may be called anything."""


def nearest(asked: str, names: Collection[str], most: int = 5, show: Callable[[str], str] = str) -> str:
    """List at most so many names, the most like `asked` first, and count the rest; "none" if there are none.

    `show` writes each name as it is to be read.
    """
    if not names:
        return Told("none")
    near = get_close_matches(asked[:_LONGEST], sorted(names), n=most, cutoff=0)
    *others, last = shown = [show(_short(name)) for name in near]
    if rest := len(names) - len(shown):
        return Told("{names} and {rest} more", names=", ".join(shown), rest=rest)
    return Told("{names} and {last}", names=", ".join(others), last=last) if others else last


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST else name[: _LONGEST - 1] + "…"
