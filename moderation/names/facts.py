"""What is known of a word of a text, so that most words need be looked at once only."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from moderation.names.single import Owner
from moderation.names.spoken import Sounding


class Full(NamedTuple):
    """A full name by its first and last words: whose it is, the words between them, its letters."""

    owner: int
    between: tuple[str, ...]
    size: int


class Begun(NamedTuple):
    """A name that begins with a word, with the slips in that, or ends with it and is the other way round."""

    full: Full
    slips: float
    is_turned: bool


class Facts(NamedTuple):
    """What a register knows of a word; of most words nothing."""

    near: dict[str, float]
    """The words of names that it may be meant for, with the slips in each."""
    begun: dict[str, list[Begun]]
    """The names whose first or last word it may be meant for, by the other of the two."""
    owners: tuple[Owner, ...]
    """The names that it is all by itself."""
    read: str
    """It in the letters a to z."""
    sound: str
    """Its consonants; none of a common word."""
    sounding: Sounding
    """The names that it may begin by its sound."""
    is_bare: bool
    """Whether it has no vowel behind its first letter."""
    letter: int
    """A bit for its first letter, if it may be meant for a first name; in `letters` for those of the first
    names that it is the surname of, if it is no common word."""
    letters: int

    @property
    def glance(self) -> Glance:
        """Give what is looked at of each word of each text."""
        near, begun, is_more = bits_of(self.near), bits_of(self.begun), bool(self.owners) or self.is_bare
        return Glance(near, begun, self.sound, self.sounding, is_more, self.letter, self.letters)


class Glance(NamedTuple):
    """What tells of nearly all words that nothing comes of them."""

    near: int
    """A bit for each key of `Facts.near`, and in `begun` of its `begun`: where none is of both, no key is."""
    begun: int
    sound: str
    sounding: Sounding
    is_more: bool
    """Whether it is a name by itself, or has no vowels."""
    letter: int
    letters: int


UNKNOWN = Facts({}, {}, (), "", "", {}, False, 0, 0)
_BITS = 1 << 10


def bits_of(keys: Iterable[str]) -> int:
    """Give a bit for each key: where two sets share none, they share no key."""
    bits = 0
    for key in keys:
        bits |= 1 << (hash(key) % _BITS)
    return bits
