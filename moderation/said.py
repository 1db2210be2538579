"""What a member asks for, and how the rules read it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import groupby

from moderation.ciphers import deciphered
from moderation.codes import decoded
from moderation.normalise import normalise, words_of
from moderation.prompt_language.fragments import turned_text
from moderation.prompt_language.parse import parse
from moderation.prompt_language.schedule import USUAL_STEPS, drawn_texts
from moderation.prompt_language.tree import Prompt
from moderation.reading import Reading, readings


@dataclass(frozen=True)
class Said:
    """Everything that a job of so many `steps` says. Only well-formed texts can be read.

    `beside` holds other texts that say what the picture shall show, such as the words of a mask. Each is read
    by itself, so that no phrase forms across the end of one, but all are readings of one whole: a rule that
    looks for a combination finds it across texts.

    Each text is read as it is written and as its syntax draws it at any step: a word that a weight or a
    schedule cuts in two, as in `n[x|ude]`, is read as that word. A weight below zero turns what is wanted
    into what is not, and the other way round.
    """

    prompt: str
    negative_prompt: str = ""
    steps: int = USUAL_STEPS
    beside: tuple[str, ...] = ()

    @cached_property
    def tree(self) -> Prompt:
        """Parse the prompt."""
        return parse(self.prompt)

    @cached_property
    def negative_tree(self) -> Prompt:
        """Parse the negative prompt."""
        return parse(self.negative_prompt)

    @cached_property
    def trees_beside(self) -> tuple[Prompt, ...]:
        """Parse the texts beside the prompt."""
        return tuple(map(parse, self.beside))

    @property
    def texts_wanted(self) -> tuple[str, ...]:
        """Give the texts that say what the picture shall show; those that say nothing are left out."""
        turned = _turned(self.negative_prompt, lambda: self.negative_tree)
        return tuple(filter(str.strip, (self.prompt, *self.beside, *turned)))

    @cached_property
    def wanted(self) -> tuple[Reading, ...]:
        """Read what the picture shall show, and what can be deciphered in it."""
        return (*self.written, *self.deciphered)

    @cached_property
    def deciphered(self) -> tuple[Reading, ...]:
        """Read what can be deciphered in what the picture shall show: letters that may happen to be there."""
        return readings(*(each for text in (self.prompt, *self.beside) for each in deciphered(text)))

    @cached_property
    def written(self) -> tuple[Reading, ...]:
        """Read what the picture shall show, as it is written and as it is drawn."""
        return readings(
            *_drawn(self.prompt, lambda: self.tree, self.steps),
            *_turned(self.negative_prompt, lambda: self.negative_tree),
            *(
                drawn
                for place, text in enumerate(self.beside)
                for drawn in _drawn(text, partial(self._tree_beside, place), self.steps)
            ),
        )

    @cached_property
    def unwanted(self) -> tuple[Reading, ...]:
        """Read what the picture shall not show."""
        return readings(
            self.negative_prompt,
            *_turned(self.prompt, lambda: self.tree),
            *(
                turned
                for place, text in enumerate(self.beside)
                for turned in _turned(text, partial(self._tree_beside, place))
            ),
        )

    def _tree_beside(self, place: int) -> Prompt:
        return self.trees_beside[place]


def _drawn(text: str, tree: Callable[[], Prompt], steps: int) -> list[str]:
    """Give a text as it is written and, where that reads differently, decoded and as it is drawn."""
    texts, plain = [text], list[str]()
    for each in texts:
        codes = decoded(each)
        texts += [code for code in codes if code not in texts][: _MOST_DECODED - len(texts)]
        plain += [] if codes else [each]
    if plain[:1] == [text]:
        return _as_drawn(text, tree, steps)
    return [*texts, *(drawn for each in plain for drawn in _as_drawn(each, partial(parse, each), steps)[1:])]


def _as_drawn(text: str, tree: Callable[[], Prompt], steps: int) -> list[str]:
    if "@" in text and (handle := _HANDLE.sub(" ", text)) != text:
        return [text, *_as_drawn(handle, tree, steps)]
    if not ("[" in text or "<" in text) or not _SCHEDULE.search(text):
        return [text]
    drawn = _without_repetition(drawn_texts(tree(), steps))
    as_written = len(drawn) == 1 and words_of(normalise(drawn[0])) == words_of(normalise(text))
    return [text] if as_written else [text, *drawn]


def _turned(text: str, tree: Callable[[], Prompt]) -> list[str]:
    """Give the words of a text that weights below zero turn into their opposite."""
    if not _BELOW_ZERO.search(text):
        return []
    return list(filter(None, [turned_text(tree())]))


_MOST_DECODED = 48
"""Texts that one is read as at most: codes within codes, in any order, soon are very many."""
_SCHEDULE = re.compile(r"\[[^\]]*[|:]|\[.*\[|<")
"""What a text without a schedule, which need not be parsed, has not."""
_HANDLE = re.compile(r"(?<!\w)@(?=\w{3})")
"""What may be an a, or stand before a name."""
_BELOW_ZERO = re.compile(r":\s*-")


def _without_repetition(texts: Iterable[str]) -> list[str]:
    """Give the runs of words that no earlier text holds, with what surrounds them: no more need be read."""
    seen: set[tuple[str, ...]] = set()
    runs = []
    for text in texts:
        words = text.split()
        places = range(max(1, len(words) - _AROUND + 1))
        phrases = [tuple(words[place : place + _AROUND]) for place in places]
        new = [place for place in places if phrases[place] not in seen]
        seen.update(phrases)
        places_read = sorted({place + i for place in new for i in range(len(phrases[place]))})
        runs += [
            " ".join(words[place] for _, place in run)
            for _, run in groupby(enumerate(places_read), key=lambda pair: pair[1] - pair[0])
        ]
    return runs


_AROUND = 12
"""Words that are looked at together: a term spelled out letter by letter has that many."""
