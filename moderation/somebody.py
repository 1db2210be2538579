"""Whether texts ask for somebody: people came out wrong only where there are any."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

from moderation.lexicon import Lexicon
from moderation.names.listing import NameKind
from moderation.rules.names import names_in
from moderation.said import Said
from moderation.sense import Senses
from moderation.wordlists import terms_of

_PEOPLE = Senses("minors", "grown", "people")
_NAME = re.compile(r"\b[A-Z][a-z]+ [A-Z][a-z]+\b")
"""Two words as names are written: most people are on no list."""


def names_somebody(texts: Iterable[str]) -> bool:
    """Say whether any of these well-formed texts asks for a person, or for a being that looks like one.

    That is told by words (persons, kinships, trades, pronouns, clothes, parts of bodies) in the languages of
    the lists, by names and by emoji. "No people" asks for nobody.
    """
    return any(map(_asks_for_somebody, texts))


def _asks_for_somebody(text: str) -> bool:
    said = Said(text)
    return (
        _NAME.search(text) is not None
        or _PEOPLE.find(_nobody().taken_out(said.wanted)) is not None
        or any(found.name.kind is not NameKind.ARTIST for found in names_in(said))
    )


@cache
def _nobody() -> Lexicon:
    """Give the phrases in which a word for people means none, or a thing: no people, a clock's face."""
    return Lexicon(terms_of("nobody"))
