"""What is known of a word of a text, so that most words need be looked at once only."""

from __future__ import annotations

from typing import NamedTuple

from moderation.names.heard import Lasts
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
    """A bit for its first letter, if it may be meant for a first name."""
    letters: int
    """Bits for those of the first names that it is the surname of, if it is no common word."""
    heard: Lasts
    """The names that it may begin by ear."""
    ear: frozenset[str]
    """What it sounds like, if it may be the last word of such a name."""

    @property
    def glance(self) -> Glance:
        """Give what is looked at of each word of each text."""
        return Glance(
            frozenset(self.begun),
            any(each.may_slip and each.full.between for names in self.begun.values() for each in names),
            frozenset(self.near),
            self.sound,
            self.sounding,
            bool(self.owners) or self.is_bare,
            self.letter,
            self.letters,
            self.heard,
            self.ear,
        )


class Glance(NamedTuple):
    """What tells of nearly all words that nothing comes of them."""

    others: frozenset[str]
    """The keys of `Facts.begun`: the other word of a name is one of them, or nearly."""
    is_parted: bool
    """Whether other words of some of these names part the two, so that slips count behind those, too."""
    near: frozenset[str]
    """The keys of `Facts.near`: where `others` has none of these, no such name is there."""
    sound: str
    sounding: Sounding
    is_more: bool
    """Whether it is a name by itself, or has no vowels."""
    letter: int
    letters: int
    heard: Lasts
    ear: frozenset[str]


UNKNOWN = Facts({}, {}, (), "", "", {}, False, 0, 0, {}, frozenset())
