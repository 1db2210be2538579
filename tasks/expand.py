"""What prompts become that name entries of a notebook.

What comes out is an ordinary prompt: it is what is judged, and what stands in the recipe.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from random import Random

from moderation.prompt_form import PROMPT_LIMIT
from moderation.told import Told
from storage.values import Travelling
from tasks.notebook import PLACE, Entry, Kind, Lexicon, NotebookError, Sign, composed, endless, key, signs_in

_DEEPEST = 8
"""Entries inside entries."""
_MOST_PUT = 500
"""Entries that one prompt takes with all that they name: a few that name each other often would never end."""


class Expanded(Travelling):
    """What a prompt became, its negative prompt, and the styles that it named, the first one first."""

    prompt: str
    negative: str
    styles: tuple[Entry, ...] = ()


def expand(prompt: str, negative: str, lexicon: Lexicon, seed: int) -> Expanded:
    """Put entries in the place of their names; `seed` decides what wildcards take.

    Raises NotebookError for a name that nobody wrote down, for entries that name each other in a circle, and
    for a prompt that becomes too long.
    """
    filling = _Filling(lexicon, Random(seed))
    wanted, unwanted = filling.prompt(prompt), filling.prompt(negative)
    for style in filling.styles:
        wanted = _styled(wanted, filling.inside(style, style.text))
        unwanted = _styled(unwanted, filling.inside(style, style.negative))
    for text, name in ((wanted, Told("prompt")), (unwanted, Told("negative prompt"))):
        if len(text) > PROMPT_LIMIT:
            raise NotebookError(
                Told(
                    "With what your notebook puts in, the {name} has {length:,} characters; {most:,} is the "
                    "most. Please shorten it.",
                    name=name,
                    length=len(text),
                    most=PROMPT_LIMIT,
                )
            )
    return Expanded(prompt=wanted, negative=unwanted, styles=tuple(filling.styles))


@dataclass
class _Filling:
    """Entries on their way into one prompt, and the styles that were named in it so far."""

    lexicon: Lexicon
    random: Random
    styles: list[Entry] = field(default_factory=list)
    _put: int = 0

    def prompt(self, text: str) -> str:
        """Fill in what a member typed; the styles that it names are taken out, and noted."""
        filled = self._filled(composed(text), ())
        return _tidy(filled) if self.styles else filled

    def inside(self, style: Entry, text: str) -> str:
        """Fill in what a style says; a style that it names is not another one for the prompt."""
        self.styles, noted = [], self.styles
        filled = self._filled(text, (key(style.name),))
        filled = _tidy(filled) if self.styles else filled
        self.styles = noted
        return filled

    def _filled(self, text: str, inside: tuple[str, ...]) -> str:
        filled, place = "", 0
        for sign in signs_in(text, self.lexicon):
            filled += text[place : sign.start] + self._of(_entry_of(text, sign), inside)
            place = sign.end
        return _bounded(filled + text[place:])

    def _of(self, entry: Entry, inside: tuple[str, ...]) -> str:
        name = key(entry.name)
        if name in inside or len(inside) >= _DEEPEST:
            raise NotebookError(endless(entry.name))
        self._put += 1
        if self._put > _MOST_PUT:
            raise NotebookError(
                Told(
                    "Your prompt names more than {most} entries of your notebook, with all that those name: "
                    "please let it name less.",
                    most=_MOST_PUT,
                )
            )
        if entry.kind is Kind.STYLE:
            if entry not in self.styles:
                self.styles.append(entry)
            return ""
        chosen = self.random.choice(entry.options) if entry.kind is Kind.WILDCARD else entry.text
        return self._filled(chosen, (*inside, name))


def _entry_of(text: str, sign: Sign) -> Entry:
    """Give the entry that a sign in a text names. Raises NotebookError."""
    if sign.entry is not None:
        return sign.entry
    written = text[sign.start : sign.end]
    if sign.meant is None:
        raise NotebookError(
            Told("There is no entry {sign} in your notebook: please see /notebook list.", sign=written)
        )
    raise NotebookError(
        Told(
            "There is no entry {sign} in your notebook. Please write {meant} if you mean that.",
            sign=written,
            meant=sign.meant.sign,
        )
    )


def _styled(text: str, style: str) -> str:
    """Put a text into the place that a style has for it, or before what it says."""
    return style.replace(PLACE, text) if PLACE in style else _joined(text, style)


def _bounded(text: str) -> str:
    """Cut what is far too long already: entries inside entries multiply."""
    return text[: 20 * PROMPT_LIMIT]


def _tidy(text: str) -> str:
    """Close the gaps that styles leave when they are taken out."""
    return re.sub(r"\s*,(\s*,)+", ",", re.sub(r" {2,}", " ", text)).strip(" ,")


def _joined(one: str, other: str) -> str:
    return ", ".join(filter(None, (one.strip(" ,"), other.strip(" ,"))))
