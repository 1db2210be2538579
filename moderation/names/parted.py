"""Full names whose words stand apart in a text: `brad in a desert, pitt`, `taylor in red, last name swift`.

Where the text says of a word that it is somebody's name, any other word of it may be the rest of that name.
Where it does not, a surname counts that is no common word, few others bear, and that stands by itself between
commas, behind the first name.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from moderation.names.listing import common_words, frequent_surnames
from moderation.reading import Reading, compared_plain

_SHORTEST, _SHORTEST_ALONE = 6, 7
"""Letters of a full name that is said to be one, and of one whose surname stands by itself."""
_FIRST_FROM, _LAST_FROM = 3, 4
_LETTERS = 4
"""Letters of a surname that is spelled out."""
_NEAR = 3
"""Words before `called` among which the rest of a name is looked for."""
_IS = r"\b[\s:=\"'“„«(-]*(?:\b(?:is|was|ist|est|es|é|è|was|being|of|the)\b[\s:=\"'“„«(-]*){0,2}"
_SAID = re.compile(
    r"\b(?:(?:(?:first|last|second|given|family|christian|maiden)[\s-]?|sur|fore)names?|nachname|vorname|familienname|"
    r"zuname|nom de famille|pr[ée]nom|apellidos?|nombre(?: de pila)?|cognome|sobrenome|achternaam|voornaam|"
    r"efternamn|förnamn|nazwisko|imię|фамилия|имя)" + _IS,
    re.IGNORECASE,
)
_CALLED = re.compile(
    r"\b(?:called|named|namens|genannt|heißt|nommée?|appelée?|llamad[oa]|chiamat[oa])\b[\s:\"'“„«(]*",
    re.IGNORECASE,
)
_HINTS = ("nam", "nom", "call", "cogn", "apell", "llam", "chiam", "appel", "genannt", "heißt", "nazw", "imi")
_HINTS_CYRILLIC = ("фамил", "имя")
"""What a text has that says of a word that it is a name."""
_BEFORE = re.compile(r"[,;.!?()|/\n\"“„«—–-]\s*$")
_AFTER = re.compile(r"\s*(?:$|[,;.!?()|/\n\"”“»—–-]|(?:of|from|in|at|on|is|and|with)\b)", re.IGNORECASE)
_SPELLED = re.compile(r"(?<!\w)[a-z](?:[\s.,_-]{1,3}[a-z]){3,}(?!\w)", re.IGNORECASE)
_LETTER = re.compile("[a-z]")


class Parts(NamedTuple):
    """A name in parts: whose it is, where its last word stands, and whether the text says that it is one."""

    owner: int
    start: int
    end: int
    is_said: bool


class Parted:
    """Full names by their last words. `owner` is whatever number the caller gives a name."""

    def __init__(self, names: Iterable[tuple[int, str, Sequence[str]]]) -> None:
        self._firsts: dict[str, dict[str, int]] = defaultdict(dict)
        self._lasts: dict[str, dict[str, int]] = defaultdict(dict)
        self._rare: dict[str, set[str]] = defaultdict(set)
        """Surnames that may stand by themselves, by their letters, as they are written."""
        for owner, written, words in names:
            if len(words) < 2 or len(words[0]) + len(words[-1]) < _SHORTEST:
                continue
            self._firsts[words[-1]].setdefault(words[0], owner)
            self._lasts[words[0]].setdefault(words[-1], owner)
            last = written.casefold().split()[-1]
            if len(last) >= _LAST_FROM and last not in common_words() and last not in frequent_surnames():
                self._rare[words[-1]].add(last)
        self._common = frozenset(compared_plain(common_words()))

    def find(self, reading: Reading) -> Iterator[Parts]:
        """Give the names, each with where its last word stands."""
        text, words = reading.text, reading.word_letters
        if self._firsts.keys() & words or self._lasts.keys() & words:
            lowered = text.lower()
            if any(hint in lowered for hint in (*_HINTS, *_HINTS_CYRILLIC)):
                yield from self._said(reading)
            if list(map(len, words)).count(1) >= _LETTERS:
                yield from self._spelled(reading)
            for last in self._rare.keys() & words:
                place = words.index(last)
                start, end = reading.span(*reading.word_places[place])
                if text[start:end].casefold() in self._rare[last] and _is_alone(text, start, end):
                    for owner in self._before(last, words[:place]):
                        yield Parts(owner, start, end, False)

    def _spelled(self, reading: Reading) -> Iterator[Parts]:
        """Find surnames that are spelled out, letter by letter, behind the first name."""
        for found in _SPELLED.finditer(reading.text):
            last = compared_plain(["".join(_LETTER.findall(found[0].lower()))])[0]
            before = Reading(reading.text[: found.start()]).word_letters
            for owner in self._before(last, before):
                yield Parts(owner, *found.span(), True)

    def _before(self, last: str, words: Sequence[str]) -> Iterator[int]:
        """Give the owners of names that end so, and whose first word is among others."""
        firsts = self._firsts.get(last, _NOTHING)
        for first in firsts.keys() & words:
            if len(first) >= _FIRST_FROM and len(first) + len(last) >= _SHORTEST_ALONE:
                yield firsts[first]

    def _said(self, reading: Reading) -> Iterator[Parts]:
        """Find names one word of which is said to be somebody's."""
        text, words = reading.text, reading.word_letters
        spans = [reading.span(*place) for place in reading.word_places]
        starts = {start: place for place, (start, _) in enumerate(spans)}
        for pattern in (_SAID, _CALLED):
            for found in pattern.finditer(text):
                if (place := starts.get(found.end())) is None:
                    continue
                beside = words
                if pattern is _CALLED:
                    # Others are called so, too, as ducks are: `a duck called donald`.
                    is_parted = _BEFORE.search(text[: found.start()]) is not None
                    near = words[max(0, place - 1 - _NEAR) : place]
                    beside = [word for word in near if is_parted or word not in self._common]
                for others in (self._firsts, self._lasts):
                    partners = others.get(words[place], _NOTHING)
                    for other in partners.keys() & beside:
                        yield Parts(partners[other], *spans[place], True)


_NOTHING: Mapping[str, int] = {}


def _is_alone(text: str, start: int, end: int) -> bool:
    return _BEFORE.search(text[:start]) is not None and _AFTER.match(text, end) is not None
