"""Names whose surname is no common word, behind a common word that is nearly the first name.

`brat pitt` and `dark vader` are: a common word by itself is no slip of a name, but such a surname says of it
that it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from rapidfuzz.distance import OSA

from moderation.names.listing import common_words, frequent_surnames
from moderation.names.sound import consonants

_SHORTEST = 4
"""Letters of either word."""
_BITS = 32
_SLIPS, _SLIPS_BY_SOUND = 1, 2
_GIVEN = """
    mary jane rose lily grace dawn hope faith june april ruby pearl amber jack john mark will bill
    nick rich dick gene dean dale glen chip chuck cliff drew duke earl hank herb josh lance mike
    miles norm pete phil reed russ sandy skip sonny todd tony victor ward woody jean joan jill jenny
    kate katy lena mick bobby billy jerry jimmy terry harry larry barry carol laurel dolly molly
    polly penny patsy peggy robin martin basil matt bob peter pat warren
"""
GIVEN = frozenset(_GIVEN.split())
"""First names that are common words, too."""

_SAYS_SO = frozenset(["name", "names", "named"])
"""What says that a name follows, and is none: `a mailbox with the name osaka`."""


class Surnames:
    """The names of two words by their surnames. `owner` is whatever number the caller gives a name."""

    def __init__(self, names: Iterable[tuple[int, str, Sequence[str]]]) -> None:
        self._written: dict[str, str] = {}
        self._firsts: dict[str, dict[str, int]] = {}
        for owner, written, words in names:
            last = written.casefold().split()[-1:]
            if len(words) != 2 or not last or not last[0].isascii() or len(last[0]) < _SHORTEST:
                continue
            if last[0] not in common_words() and last[0] not in frequent_surnames():
                self._written[words[1]] = last[0]
                self._firsts.setdefault(words[1], {}).setdefault(words[0], owner)

    def letter(self, word: str) -> int:
        """Give a bit for the first letter of a word that may be meant for a first name, else none."""
        return 0 if len(word) < _SHORTEST or word in GIVEN or word in _SAYS_SO else _bit(word)

    def letters(self, word: str) -> int:
        """Give the bits of the first names that a surname has: where a word has none of them, it is none."""
        bits = 0
        for first in self.firsts(word):
            bits |= _bit(first)
        return bits

    def firsts(self, word: str) -> Mapping[str, int]:
        """Give the first names that a surname has, and whose they are."""
        return self._firsts.get(word, {})

    def written(self, word: str) -> str | None:
        """Give how a surname must be written."""
        return self._written.get(word)

    def owner(self, first: str, last: str) -> int | None:
        """Give the name that a common word and a surname are."""
        if not self.letter(first):
            return None
        return next((owner for known, owner in self.firsts(last).items() if _is_nearly(first, known)), None)


def _bit(word: str) -> int:
    return 1 << ord(word[0]) % _BITS


def _is_nearly(word: str, known: str) -> bool:
    if len(known) < _SHORTEST or word[0] != known[0] or word == known:
        return False
    slips = OSA.distance(word, known, score_cutoff=_SLIPS_BY_SOUND)
    return slips <= _SLIPS or (slips <= _SLIPS_BY_SOUND and consonants(word) == consonants(known))
