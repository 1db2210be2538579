"""What the words beside a match make of it: a nipple near a bottle, a naked wall, shoes in nude.

`[unless]` counts anywhere near a word. What is called naked and is no body stands right behind the word, or
right before it where a language puts it so: `[before]` and `[behind]` count only there, with nothing between.
`[bare]` is `[behind]` where nobody is spoken of, whom it may be said of: `mujer en el campo desnuda`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache, lru_cache
from itertools import chain

from moderation.lexicon import Lexicon, Match
from moderation.reading import compared, readings
from moderation.wordlists import contexts, terms_of, words

_AROUND = 60
"""Characters on either side of a word in which it is looked for what it means."""
PARTS = re.compile(r"[,;:.!?()\[\]{}|<>]|\b(?:AND|BREAK)\b")
"""What stands between two things, and not within a phrase: a naked tree is not `naked, tree`."""
_NEXT = re.compile(r"[ -]+([a-z]+)", re.IGNORECASE)


def is_harmless_here(match: Match) -> bool:
    """Say whether a word stands near, or right beside it, that makes the match harmless."""
    start, end = match.span
    text = match.reading.text
    before = text[max(0, start - _AROUND) : start]
    after = text[end : end + _AROUND]
    # Words that the cut goes through are no words.
    if start > _AROUND:
        before = before.partition(" ")[2]
    if end + _AROUND < len(text):
        after = after.rpartition(" ")[0]
    near = _beside(match.term, "unless")
    if near is not None and near.find(readings(before, after)) is not None:
        return True
    if " " in match.term:
        return False  # that says more than naked
    return (
        _begins_with(_beside(match.term, "before"), after)
        or _ends_with(_beside(match.term, "behind"), before)
        or (_ends_with(_beside(match.term, "bare"), before) and not _speaks_of_somebody(before))
    )


def is_person_next(text: str, end: int) -> bool:
    """Say whether the word behind a place is English for a person: a naked rock climber."""
    following = _NEXT.match(text, end)
    return following is not None and following[1].casefold() in _somebody()


def _begins_with(things: Lexicon | None, after: str) -> bool:
    part = PARTS.split(after, maxsplit=1)[0]
    if things is None or not part.strip():
        return False
    (reading,) = readings(part)
    return any(
        found.first == 0 and not is_person_next(part, found.span[1]) for found in things.matches(reading)
    )


def _ends_with(things: Lexicon | None, before: str) -> bool:
    part = PARTS.split(before)[-1]
    if things is None or not part.strip():
        return False
    (reading,) = readings(part)
    return any(found.end == len(reading.letters) for found in things.matches(reading))


def _speaks_of_somebody(before: str) -> bool:
    return _persons().find(readings(PARTS.split(before)[-1])) is not None


@cache
def _persons() -> Lexicon:
    """Give words for persons in all languages."""
    return Lexicon(
        dict.fromkeys(chain.from_iterable(map(terms_of, ("grown", "minors", "people", "persons"))))
    )


@cache
def _somebody() -> frozenset[str]:
    """Give English words for persons, of one word each."""
    listed = chain.from_iterable(map(words, ("grown", "minors", "people")))
    return frozenset(word.term.removesuffix("*") for word in listed if word.language == "en")


@lru_cache(maxsize=4096)
def _beside(term: str, section: str) -> Lexicon | None:
    """Give the words that a section has for a term, or for one that it begins with."""
    stem = compared(term.removesuffix("*"))
    around: Iterable[str] = (
        word
        for key, beside in contexts(section).items()
        if (start := compared(key.removesuffix("*"))) == stem
        or (key.endswith("*") and stem.startswith(start))
        for word in beside
    )
    return Lexicon(found) if (found := tuple(dict.fromkeys(around))) else None
