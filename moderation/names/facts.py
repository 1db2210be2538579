"""What is known of a word of a text, so that most words need be looked at once only."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from moderation.names.near import TURNED, budget
from moderation.names.single import Owner
from moderation.names.spoken import Sounding

FAR_FROM = 8
"""Letters that a name must have to be known with a word in it, its words turned round, or over two texts."""


class Full(NamedTuple):
    """A full name by its first and last words: whose it is, the words between them, its letters."""

    owner: int
    between: tuple[str, ...]
    size: int
    is_plain: bool
    """Whether it is plain words, too: `christine` is no slip of `chrispine`."""


class Begun(NamedTuple):
    """A name that begins with a word, with the slips in that, or ends with it and is the other way round."""

    full: Full
    slips: float
    is_turned: bool

    @property
    def may_slip(self) -> bool:
        """Say whether its other word may have slips, too."""
        return not self.is_turned and self.slips + TURNED <= budget(self.full.size)


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
    names that it is the surname of, if it is no common word. Above those, the same of what it sounds like:
    bits for the last words that a name goes on with, and in `letters` for itself."""
    letters: int

    @property
    def glance(self) -> Glance:
        """Give what is looked at of each word of each text."""
        slipping = [
            (other, bool(each.full.between))
            for other, names in self.begun.items()
            for each in names
            if each.may_slip
        ]
        return Glance(
            frozenset(self.begun),
            bits_of(other for other, is_far in slipping if not is_far),
            bits_of(other for other, is_far in slipping if is_far),
            bits_of(word for word, slips in self.near.items() if slips),
            self.sound,
            self.sounding,
            bool(self.owners) or self.is_bare,
            self.letter,
            self.letters,
        )


class Glance(NamedTuple):
    """What tells of nearly all words that nothing comes of them."""

    others: frozenset[str]
    """The keys of `Facts.begun`: the other word of a name is one of them, or all but one."""
    beside: int
    """A bit for each of them that may be written with slips, and stands right beside this word."""
    beyond: int
    """The same of those that other words of the name part from it."""
    near: int
    """A bit for each word that this is a slip of: where `beside` has none of these, no such name is there."""
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
