"""Undress that no single word says: "wears nothing", "not a garment on her", "covered only by petals".

It is told by two parts that follow each other closely in one language: "wears" and "nothing", "without" and
"clothes". The parts are sections of the lists of words (`moderation.wordlists`); which of them go together is
a list here, the same for all languages. Fixed sayings, such as "in her birthday suit", are terms of the list
of sexual words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import NamedTuple

from moderation.letters import FOLDED, Kind
from moderation.lexicon import Lexicon, Match
from moderation.parts import NOWHERE, Parts
from moderation.reading import Reading
from moderation.sense import Senses, means_it
from moderation.wordlists import terms_of


class Pair(NamedTuple):
    """Two sections whose words say together that somebody is undressed, at most so many words apart.

    `term` stands for what they say: `[unless]` has the words beside which that is harmless. Where a language
    says the verb last, a word of a third section has to follow: "nur mit einem Hut bekleidet". What `ends`
    means it only where nothing goes on: "only socks on", but not "only socks on a line". What `is_filled_in`
    is said as in a form: "outfit: none".
    """

    first: str
    second: str
    apart: int
    term: str
    then: str = ""
    ends: bool = False
    is_filled_in: bool = False


BARE = (
    Pair("wears", "nothing", 3, "wearing nothing"),
    Pair("nothing", "worn", 3, "wearing nothing"),
    Pair("without", "clothes", 2, "without clothes"),
    Pair("clothes", "lacking", 3, "without clothes"),
    Pair("only", "trifle", 3, "wearing only trifles"),
    Pair("barely", "trifle", 3, "wearing only trifles", "clad"),
    Pair("barely", "trifle", 3, "wearing only trifles", "on", ends=True),
    Pair("only", "prop", 3, "wearing only trifles"),
    Pair("trifle", "solely", 3, "wearing only trifles"),
    Pair("in_trifles", "alone", 0, "wearing only trifles", ends=True),
    Pair("trifle", "more", 1, "trifles and nothing else", ends=True),
    Pair("attire", "none", 0, "without clothes", ends=True, is_filled_in=True),
)
"""Who is described so has nothing on, or nothing to speak of."""
DOFFING = (
    Pair("doffs", "clothes", 2, "clothes doffed"),
    Pair("doffs", "gown", 2, "clothes doffed"),
    Pair("clothes", "doffed", 3, "clothes doffed"),
    Pair("gown", "doffed", 3, "clothes doffed"),
    Pair("gown", "lacking", 3, "clothes doffed"),
    Pair("clothes", "lies", 4, "clothes doffed"),
    Pair("removes", "all", 3, "clothes doffed"),
    Pair("all", "removes", 3, "clothes doffed"),
    Pair("everything", "removes", 1, "clothes doffed"),
)
"""Who is described so has just put everything off. Of a child it may say that the beach is near."""

_FARTHEST = 60
"""Characters between two parts beyond which no more are counted."""
_AFTER = 4
"""Words after a trifle among which a real garment makes it no more than one of several."""
_BEFORE_VERB = 2
"""Words that may stand between what is worn and the verb that says so."""
_LETTERS_OF_A_WORD = 2
"""Letters that count as a word in scripts without spaces."""
_BREAK = re.compile(r"[,;:.!?|\n、。，；：！？،؛।]|\b(?:AND|BREAK)\b")
"""What parts two things that are said."""
_FILLED_IN = re.compile(r"[\"'”]?\s*(?:[:=：]|->|=>)\s*[\[{(]?[\"'“]?")
"""What stands between the name of a field and what is filled in."""
_END = re.compile(rf"[\"'”]?\s*(?:$|[)\]}}/]|and\b|{_BREAK.pattern})")
"""What ends a thing that is said."""
_NAME = re.compile(r"\b[A-Z][a-z]+ [A-Z][a-z]+\b")
"""Two words as names are written."""
_TRIFLES = frozenset(["trifle", "prop"])
"""What nobody is dressed in: what is worn beside clothes, and what is only held or wound around."""
_SOMEBODY = Senses("minors", "grown", "people", "persons")


class Undress:
    """Finds what pairs of parts say, where somebody is spoken of: asked in the same way as `Senses`."""

    def __init__(self, pairs: Sequence[Pair]) -> None:
        self._pairs = pairs

    def find(self, readings: Iterable[Reading]) -> Match | None:
        """Give the first match in any reading, or None."""
        return next(self.all_of(readings), None)

    def all_of(self, readings: Iterable[Reading]) -> Iterator[Match]:
        """Give the matches in all readings."""
        for reading in readings:
            yield from self.matches(reading)

    def matches(self, reading: Reading) -> Iterator[Match]:
        """Give all matches in a reading."""
        found = reading.memo.get(self)
        if not isinstance(found, tuple):
            found = reading.memo[self] = tuple(self._found(reading))
        return iter(found)

    def _found(self, reading: Reading) -> Iterator[Match]:
        parts = _parts_of(reading)
        for place, one in enumerate(parts):
            for other in parts[place + 1 :]:
                if other.first < one.end:
                    continue
                if other.span[0] - one.span[1] > _FARTHEST:
                    break
                pairs = tuple(self._pairs_of(one, other))
                if not pairs or _goes_on(one, other, parts) or not _is_of_somebody(reading):
                    continue
                for pair in pairs:
                    last = _then(pair, other, parts) if pair.then else other
                    if last is None or (pair.ends and not _END.match(reading.text, last.span[1])):
                        continue
                    if means_it(match := Match(reading, one.first, last.end, pair.term)):
                        yield match
                        break

    def _pairs_of(self, one: Match, other: Match) -> Iterator[Pair]:
        between = one.reading.text[one.span[1] : other.span[0]]
        is_filled_in = _FILLED_IN.fullmatch(between) is not None
        if not is_filled_in and _BREAK.search(between):
            return
        apart = 0 if is_filled_in else _words_of(between)
        firsts, seconds = _PARTS.uses[one.term], _PARTS.uses[other.term]
        for pair in self._pairs:
            is_close = pair.is_filled_in == is_filled_in and apart <= pair.apart
            if is_close and firsts.get(pair.first, NOWHERE) & seconds.get(pair.second, NOWHERE):
                yield pair


_PARTS = Parts(
    [(pair.first, pair.second) for pair in (*BARE, *DOFFING)],
    ("but", "dressed", "covered", *(pair.then for pair in BARE if pair.then)),
)


def _parts_of(reading: Reading) -> tuple[Match, ...]:
    """Give the parts in a text, looked for once for all pairs."""
    found = reading.memo.get(_PARTS)
    if not isinstance(found, tuple):
        found = reading.memo[_PARTS] = _PARTS.matches(reading)
    return found


def _then(pair: Pair, other: Match, parts: Sequence[Match]) -> Match | None:
    """Give the word that says of the second part that it is worn."""
    tongues = _PARTS.uses[other.term][pair.second]
    return next(
        (
            part
            for part in parts
            if part.first >= other.end
            and _PARTS.uses[part.term].get(pair.then, NOWHERE) & tongues
            and not _BREAK.search(between := other.reading.text[other.span[1] : part.span[0]])
            and _words_of(between) <= _BEFORE_VERB
        ),
        None,
    )


def _goes_on(one: Match, other: Match, parts: Sequence[Match]) -> bool:
    """Say whether what stands around makes it something else.

    That is what follows, as in nothing fancy, no clothes hangers, a hat and coat, or what is covered, and is
    no body: a face covered only by a veil.
    """
    is_nothing = "nothing" in _PARTS.uses[one.term]
    is_trifle = not _TRIFLES.isdisjoint(_PARTS.uses[other.term])
    if is_trifle and any(_is_covered(part, one) for part in parts):
        return True
    for part in parts:
        uses = _PARTS.uses[part.term]
        if is_nothing and one.end <= part.first and part.end <= other.first and "but" in uses:
            return True
        between = one.reading.text[other.span[1] : part.span[0]] if part.first >= other.end else None
        if between is None or _BREAK.search(between):
            continue
        apart = _words_of(between)
        if ("but" in uses and not apart) or (is_trifle and "dressed" in uses and apart <= _AFTER):
            return True
    return False


def _is_covered(part: Match, one: Match) -> bool:
    """Say whether a part names a thing, or a part of a body, and the other what it is covered by."""
    if part.end > one.first or "covered" not in _PARTS.uses[part.term]:
        return False
    between = one.reading.text[part.span[1] : one.span[0]]
    return not _BREAK.search(between) and _words_of(between) <= 1


def _words_of(between: str) -> float:
    """Count the words of a text, by letters in scripts without spaces."""
    free = sum(FOLDED[letter].kind in (Kind.FREE, Kind.KATAKANA) for letter in between)
    return free / _LETTERS_OF_A_WORD if free else len(between.split())


def _is_of_somebody(reading: Reading) -> bool:
    return (
        next(_SOMEBODY.matches(reading), None) is not None
        or bool(_persons().matches(reading))
        or _NAME.search(reading.text) is not None
    )


@cache
def _persons() -> Lexicon:
    """Give words for persons in letters of their own: `Senses` leaves out what is an innocent phrase, too."""
    return Lexicon(term for term in terms_of("persons") if not term.isascii())
