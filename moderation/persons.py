"""Whom a piece of clothing is said of: the person that stands nearest."""

from __future__ import annotations

from moderation.lexicon import Match
from moderation.reading import Reading
from moderation.sense import Senses
from moderation.signs import Sign

_NEAR = 60
"""Characters that may lie between a person and what is worn."""


def is_worn_by_grown(worn: Match | Sign, minors: Senses, grown: Senses) -> bool:
    """Say whether the person nearest to a word is a grown one: one before it, or else one after it."""
    start, end = worn.span
    persons = _persons(worn.reading, minors, grown)
    before = [person for person in persons if person[1] <= start and start - person[1] <= _NEAR]
    after = [person for person in persons if person[0] >= end and person[0] - end <= _NEAR]
    nearest = max(before, key=lambda person: person[1]) if before else min(after, default=None)
    return nearest is not None and nearest[2]


def _persons(reading: Reading, minors: Senses, grown: Senses) -> list[tuple[int, int, bool]]:
    """Give where persons are named in a text, and whether they are grown."""
    return [
        (*match.span, is_grown)
        for senses, is_grown in ((minors, False), (grown, True))
        for match in senses.matches(reading)
    ]
