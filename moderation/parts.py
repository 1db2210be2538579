"""Parts of what several words say together: the words of some sections of the lists, by language."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from itertools import compress
from typing import NamedTuple

from moderation.lexicon import Lexicon, Match
from moderation.reading import Reading, compared_words
from moderation.remembered import Remembered
from moderation.scripts import script_of
from moderation.tokens import Token
from moderation.wordlists import terms_of, words

NOWHERE: frozenset[str] = frozenset()
_REMEMBERED = 1 << 15
_SHORTEST_STEM = 2
_FARTHEST = 12
"""Words from the beginning of a part to that of the one behind it: both have few, and few are between."""
_WRITTEN_TOGETHER = re.compile(
    "[\u0590-\u08ff\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u9fff\uac00-\ud7af]"
)
"""Letters of languages that write words, or some of them, together."""


class _Sides(NamedTuple):
    """The pairs of which a word begins a first part, and those of which it begins a second, by language."""

    firsts: frozenset[tuple[int, str]]
    seconds: frozenset[tuple[int, str]]


_ANY = _Sides(frozenset([(-1, "")]), frozenset([(-1, "")]))
"""What may have words of any part."""


class Parts:
    """The words of pairs of sections, which mean something where one follows the other.

    Most texts have no words of both sections of a pair in one language. That is told by their single words,
    many times faster than by looking for all terms, of which many are as short as "no".
    """

    def __init__(self, pairs: Sequence[tuple[str, str]], others: Iterable[str]) -> None:
        self._pairs = tuple(pairs)
        self._sections = tuple(dict.fromkeys([name for pair in pairs for name in pair] + list(others)))
        self._sides = Remembered(self._sides_of, _REMEMBERED)

    def matches(self, reading: Reading) -> tuple[Match, ...]:
        """Give the words in a reading in their order; none, if no pair can be among them."""
        if not self._may_have_a_pair(reading):
            return ()
        found = filter(_is_in_its_script, self._lexicon.matches(reading))
        return tuple(sorted(found, key=lambda part: (part.first, part.end)))

    @cached_property
    def uses(self) -> dict[str, dict[str, frozenset[str]]]:
        """Give for each word the sections that it is of, and in which languages."""
        uses: dict[str, dict[str, frozenset[str]]] = {}
        for name in self._sections:
            for word in words(name):
                sections = uses.setdefault(word.term, {})
                sections[name] = sections.get(name, NOWHERE) | {word.language}
        return uses

    @cached_property
    def _lexicon(self) -> Lexicon:
        return Lexicon(dict.fromkeys(term for name in self._sections for term in terms_of(name)))

    def _may_have_a_pair(self, reading: Reading) -> bool:
        if not reading.text.isascii() and _WRITTEN_TOGETHER.search(reading.text):
            return True
        sides = list(map(self._sides.__getitem__, reading.tokens))
        # Almost all tokens come again, and have none.
        found = [(place, each) for place, each in compress(enumerate(sides), sides) if each]
        for number, (place, (firsts, _)) in enumerate(found):
            for other, (_, seconds) in found[number:] if firsts else ():
                if other - place > _FARTHEST:
                    break
                if not firsts.isdisjoint(seconds):
                    return True
        return any(each is _ANY for _, each in found)

    def _sides_of(self, token: Token) -> _Sides | None:
        if " " in token.written:  # letters that were spelled out one by one are a word only together
            return _ANY
        found = list(self._found_in(token))
        joined = _Sides(*(frozenset().union(*(sides[side] for sides in found)) for side in (0, 1)))
        return joined if any(joined) else None

    def _found_in(self, token: Token) -> Iterator[_Sides]:
        whole, stems = self._beginnings
        for word in token.word_letters:
            if word in whole:
                yield whole[word]
            for length in range(_SHORTEST_STEM, len(word) + 1):
                if word[:length] in stems:
                    yield stems[word[:length]]

    @cached_property
    def _beginnings(self) -> tuple[dict[str, _Sides], dict[str, _Sides]]:
        """Give the pairs by the first word of their parts, and by that of parts that may have any ending."""
        whole, stems = dict[str, _Sides](), dict[str, _Sides]()
        for term, sections in self.uses.items():
            begun = compared_words(term.removesuffix("*").split()[:1])[:1]
            for word in begun:
                into = stems if term.endswith("*") and " " not in term else whole
                before = into.get(word, _Sides(frozenset(), frozenset()))
                here = self._of_pairs(sections)
                into[word] = _Sides(before.firsts | here.firsts, before.seconds | here.seconds)
        return whole, stems

    def _of_pairs(self, sections: dict[str, frozenset[str]]) -> _Sides:
        sides = (
            frozenset(
                (place, language)
                for place, pair in enumerate(self._pairs)
                for language in sections.get(pair[side], NOWHERE)
            )
            for side in (0, 1)
        )
        return _Sides(*sides)


def _is_in_its_script(part: Match) -> bool:
    """Say whether a part is written in the letters of its language: Dutch `het` looks like Russian."""
    return script_of(part.term) in {script_of(letter) for letter in part.quote if letter.isalpha()}
