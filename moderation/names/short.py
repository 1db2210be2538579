"""Full names with the first name as it is called for short: `leo` for Leonardo, `mike` for Michael."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from moderation.lexicon import terms
from moderation.names.listing import common_words, frequent_surnames


def shortened(written: str) -> Iterator[str]:
    """Give a name with each other first name that stands for its own.

    None is given where many people have the surname, or it is a common word: `mike jordan` may be anybody.
    """
    first, *others = written.casefold().split()
    if others and others[0] not in common_words() and others[0] not in frequent_surnames():
        for short in sorted(_same().get(first, frozenset())):
            yield " ".join([short, *others])


@cache
def _same() -> dict[str, frozenset[str]]:
    """Give for each first name those that may stand for it."""
    same: dict[str, frozenset[str]] = {}
    for line in terms("names/short"):
        names = frozenset(line.split())
        for name in names:
            same[name] = same.get(name, frozenset()) | (names - {name})
    return same
