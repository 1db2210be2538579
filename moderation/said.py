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

    @cached_property
    def wanted(self) -> Readings:
        """Read what the picture shall show."""
        drawn = _drawn(self.prompt, self.tree, self.steps)
        return _together(
            _read(*drawn, turned_text(self.negative_tree)),
            *(
                _read(*_drawn(text, tree, self.steps))
                for text, tree in zip(self.beside, self.trees_beside, strict=True)
            ),
        )

    @cached_property
    def unwanted(self) -> Readings:
        """Read what the picture shall not show."""
        return _together(
            _read(self.negative_prompt, turned_text(self.tree)),
            *(_read(turned_text(tree)) for tree in self.trees_beside),
        )


def _drawn(text: str, tree: Prompt, steps: int) -> list[str]:
    """Give a text as it is written and, where that reads differently, as it is drawn."""
    drawn = without_repetition(drawn_texts(tree, steps))
    as_written = len(drawn) == 1 and words_of(normalise(drawn[0])) == words_of(normalise(text))
    return [text] if as_written else [text, *drawn]


def _together(*each: Readings) -> Readings:
    return Readings(
        tuple(text for one in each for text in one.words), tuple(text for one in each for text in one.spelled)
    )


def _read(*texts: str) -> Readings:
    return _INNOCENT.taken_out(readings("\n".join(texts)))
