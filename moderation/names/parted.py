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
_NAMES_SAY = """
    firstname lastname surname surnames forename forenames nachname vorname familienname zuname prénom prenom
    apellido apellidos nombre cognome sobrenome achternaam voornaam efternamn förnamn nazwisko imię имя
    фамилия née geborene
"""
_CALLED_SAY = """
    called named namens genannt heißt nommé nommée appelé appelée llamado llamada chiamato chiamata
"""
_SAYINGS = f"name names nom {_NAMES_SAY} {_CALLED_SAY}"
"""Words one of which is in each text that says of another word that it is somebody's name."""
_NAMES, _CALLS = ("|".join(words.split()) for words in (_NAMES_SAY, _CALLED_SAY))
_SAID = re.compile(
    r"\b(?:(?:first|last|second|given|family|christian|maiden)[\s-]?names?|nom de famille|nombre de pila|"
    rf"{_NAMES})(?:,[^,.;]{{1,20}},\s)?{_IS}",
    re.IGNORECASE,
)
_CALLED = re.compile(rf"\b(?:{_CALLS})\b[\s:\"'“„«(]*", re.IGNORECASE)
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
        self._sayings = frozenset(Reading(_SAYINGS).word_letters)

    def find(self, reading: Reading) -> Iterator[Parts]:
        """Give the names, each with where its last word stands."""
        text, words = reading.text, reading.word_letters
        known = set(words)
        if list(map(len, words)).count(1) >= _LETTERS and not self._lasts.keys().isdisjoint(known):
            yield from self._spelled(reading)
        if not self._sayings.isdisjoint(known):
            yield from self._said(reading)
        # A surname has few first names, however many names there are.
        for last in [
            each for each in self._rare.keys() & known if not self._firsts[each].keys().isdisjoint(known)
        ]:
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
        if not (said := [found for pattern in (_SAID, _CALLED) for found in pattern.finditer(text)]):
            return
        spans = [reading.span(*place) for place in reading.word_places]
        starts = {start: place for place, (start, _) in enumerate(spans)}
        for found in said:
            if (place := starts.get(found.end())) is None:
                continue
            beside = words
            if found.re is _CALLED:
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
