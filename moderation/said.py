"""What a member asks for, and how the rules read it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from moderation.lexicon import Lexicon, terms
from moderation.prompt_language.fragments import turned_text
from moderation.prompt_language.parse import parse
from moderation.prompt_language.schedule import USUAL_STEPS, drawn_texts
from moderation.prompt_language.tree import Prompt
from moderation.reading import Readings, normalise, readings, without_repetition, words_of

_INNOCENT = Lexicon(terms("innocent"))


@dataclass(frozen=True)
class Said:
    """The prompts of a job of so many `steps`. Only well-formed ones can be read.

    Read are the prompt as it is written and every text that its syntax makes of it at some step: a word cut
    in two by a weight or a schedule, as in `n[x|ude]`, is that word. A weight below zero turns what is wanted
    into what is not, and the other way round.
    """

    prompt: str
    negative_prompt: str = ""
    steps: int = USUAL_STEPS

    @cached_property
    def tree(self) -> Prompt:
        """The prompt, parsed."""
        return parse(self.prompt)

    @cached_property
    def negative_tree(self) -> Prompt:
        """The negative prompt, parsed."""
        return parse(self.negative_prompt)

    @cached_property
    def wanted(self) -> Readings:
        """The readings of what the picture shall show."""
        return _read(*self._texts, turned_text(self.negative_tree))

    @cached_property
    def unwanted(self) -> Readings:
        """The readings of what it shall not show."""
        return _read(self.negative_prompt, turned_text(self.tree))

    @property
    def _texts(self) -> list[str]:
        """The prompt as it is written and, where that reads otherwise, as it is drawn."""
        drawn = without_repetition(drawn_texts(self.tree, self.steps))
        as_written = len(drawn) == 1 and words_of(normalise(drawn[0])) == words_of(normalise(self.prompt))
        return [self.prompt] if as_written else [self.prompt, *drawn]


def _read(*texts: str) -> Readings:
    return _INNOCENT.taken_out(readings("\n".join(texts)))
