"""Lists of names that fit a sentence: the few that are spelt most like what was asked for."""

from __future__ import annotations

from collections.abc import Collection
from difflib import get_close_matches

_LONGEST = 60
"""Characters of a name; files may be called anything."""


def nearest(asked: str, names: Collection[str], most: int = 5, quote: str = "") -> str:
    """List at most so many names, the most like `asked` first, and count the rest; "none" if there are none.

    `quote` stands on both sides of each name.
    """
    if not names:
        return "none"
    near = get_close_matches(asked[:_LONGEST], sorted(names), n=most, cutoff=0)
    shown = [f"{quote}{_short(name)}{quote}" for name in near]
    rest = len(names) - len(shown)
    if rest:
        return f"{', '.join(shown)} and {rest} more"
    return " and ".join((", ".join(shown[:-1]), shown[-1])) if len(shown) > 1 else shown[0]


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST else name[: _LONGEST - 1] + "…"
