"""Names by an initial, or two, and the surname: `j. bieber`, `S. Johansson`, `S. L. Jackson`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from moderation.names.listing import frequent_surnames

_WRITTEN = re.compile(
    r"(?<![\w.'’-])([a-z])\.[\s_]?(?:([a-z])\.[\s_]?)?([a-z]{4,})(?:-[a-z]+)?(?:['’]s)?(?![\w-])",
    re.IGNORECASE,
)
_DOT = re.compile(r"\.(?<=[a-zA-Z]\.)")
_DOUBLED = re.compile(r"([a-z])\1+")
_SHORTEST = 4


class Initials:
    """Full names of two words by their surnames. `owner` is whatever number the caller gives a name."""

    def __init__(self, names: Iterable[tuple[int, Sequence[str]]]) -> None:
        # So many people bear these surnames that an initial says too little.
        frequent = {_DOUBLED.sub(r"\1", surname) for surname in frequent_surnames()}
        self._owners: dict[tuple[str, str], int] = {}
        for owner, words in names:
            if len(words) > 2 and len(words[-1]) >= _SHORTEST - 1:
                self._owners.setdefault((words[0][:1] + words[1][:1], words[-1]), owner)
            if len(words) > 1 and len(words[-1]) >= _SHORTEST - 1 and words[-1] not in frequent:
                self._owners.setdefault((words[0][:1], words[-1]), owner)

    def find(self, text: str) -> Iterator[tuple[int, int, int]]:
        """Give the owner of each name that is written so, with where it begins and ends."""
        # Looked for by its dot: most texts have only those of weights.
        dots = (dot.start() - 1 for dot in _DOT.finditer(text)) if "." in text else ()
        for found in filter(None, (_WRITTEN.match(text, start) for start in dots)):
            surname = _DOUBLED.sub(r"\1", found[3].lower())
            initials = (found[1] + (found[2] or "")).lower()
            if (owner := self._owners.get((initials, surname))) is not None:
                yield owner, found.start(), found.end(3)
