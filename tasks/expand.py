"""What prompts become that name entries of a notebook.

What comes out is an ordinary prompt: it is what is judged, and what stands in the recipe.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from random import Random

from moderation.prompt_form import PROMPT_LIMIT
from moderation.told import Told
from storage.values import Travelling
from tasks.notebook import PLACE, Entry, Kind, Lexicon, NotebookError, Sign, composed, endless, key, signs_in
from tasks.permutations import MOST_PROMPTS, TooManyPrompts, listed, written

_DEEPEST = 8
"""Entries inside entries."""
_MOST_PUT = 500
"""Entries that one prompt takes with all that they name: a few that name each other often would never end."""
_Step = tuple[str, int]
"""The key of an entry, and the how-manieth of that name it is in the text that names it."""
_WANTED, _UNWANTED = ("", 0), ("-", 0)
_HOLLOW = re.compile(r"\(\s*(?::\s*[\d.]*\s*)?\)|\[\s*\]")
_EMPTY = re.compile(r"(?:[\s,.;:，、。()\[\]{}|-]|(?<=:)[\d.]+)*")
"""A prompt in which nothing is said."""
_FIRST = 0xE100
_NUMBER = re.compile("[\ue100-\uf8ff]")


class Expanded(Travelling):
    """What a prompt became, its negative prompt, and the styles that it named, the first one first."""

    prompt: str
    negative: str
    styles: tuple[Entry, ...] = ()


def all_expanded(
    prompt: str, negative: str, lexicon: Lexicon, seed: int, style: Entry | None = None
) -> tuple[Expanded, ...]:
    """Expand each prompt that braces list, in what is typed and in what entries put there; 16 at most.

    A prompt that names no style takes `style`. What a wildcard takes is the same in all of them. Raises
    NotebookError, TooManyPrompts.
    """
    found = dict[tuple[str, str], Expanded]()
    for typed in listed(_numbered(composed(prompt), lexicon)):
        one = expand(typed, negative, lexicon, seed)
        if style is not None and not one.styles:
            one = expand(f"{typed}, {style.sign}", negative, lexicon, seed)
        for text in map(written, listed(one.prompt)):
            found.setdefault((text, one.negative), one.model_copy(update={"prompt": text}))
    if len(found) > MOST_PROMPTS:
        raise TooManyPrompts
    return tuple(found.values())


def _numbered(text: str, lexicon: Lexicon) -> str:
    """Write behind each name the how-manieth of its kind it is: braces may leave out those before it."""
    said, place, counts = "", 0, Counter[str]()
    for sign in signs_in(text, lexicon):
        if sign.entry is None or text.startswith(("{", "｛", "﹛"), sign.end):
            # What braces list may be the rest of its name.
            continue
        name = key(sign.entry.name)
        said += text[place : sign.end] + chr(_FIRST + counts[name])
        place = sign.end
        counts[name] += 1
    return said + text[place:]


def expand(prompt: str, negative: str, lexicon: Lexicon, seed: int) -> Expanded:
    """Put entries in the place of their names; `seed` decides what wildcards take, each by its place.

    Raises NotebookError for a name that nobody wrote down, for entries that name each other in a circle, for
    styles of nothing, and for a prompt that becomes too long.
    """
    filling = _Filling(lexicon, seed)
    wanted, unwanted = filling.typed(prompt, _WANTED), filling.typed(negative, _UNWANTED)
    if _EMPTY.fullmatch(wanted) and any(PLACE in style.text or not style.text for style in filling.styles):
        raise NotebookError(Told("Please say what should be in the picture, beside the style."))
    for style in filling.styles:
        wanted = _styled(wanted, filling.inside(style, style.text, _WANTED))
        unwanted = _styled(unwanted, filling.inside(style, style.negative, _UNWANTED))
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
    seed: int
    styles: list[Entry] = field(default_factory=list)
    _put: int = 0

    def typed(self, text: str, root: _Step) -> str:
        """Fill in what a member typed; the styles that it names are taken out, and noted."""
        filled = self._filled(composed(text), (root,))
        return _tidy(filled) if self.styles else filled

    def inside(self, style: Entry, text: str, root: _Step) -> str:
        """Fill in what a style says; a style that it names is not another one for the prompt."""
        self.styles, noted = [], self.styles
        filled = self._filled(composed(text), (root, (key(style.name), 0)))
        filled = _tidy(filled) if self.styles else filled
        self.styles = noted
        return filled

    def _filled(self, text: str, path: tuple[_Step, ...]) -> str:
        filled, place, counts = "", 0, Counter[str]()
        for sign in signs_in(text, self.lexicon):
            entry, end = _entry_of(text, sign), sign.end
            name = key(entry.name)
            nth = ord(text[end]) - _FIRST if _NUMBER.match(text, end) else counts[name]
            filled += text[place : sign.start] + self._of(entry, (*path, (name, nth)))
            place = end + (_NUMBER.match(text, end) is not None)
            counts[name] += 1
        return _bounded(filled + text[place:])

    def _of(self, entry: Entry, path: tuple[_Step, ...]) -> str:
        if any(path[-1][0] == name for name, _ in path[:-1]) or len(path) > _DEEPEST + 1:
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
        # By its place alone: what stands beside it may differ, and it takes the same again.
        rolled = Random(f"{self.seed} {path}")
        chosen = rolled.choice(entry.options) if entry.kind is Kind.WILDCARD else entry.text
        return self._filled(composed(chosen), path)


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
    if PLACE not in style:
        return _joined(text, style)
    return style.replace(PLACE, text) if text else _tidy(style.replace(PLACE, ""))


def _bounded(text: str) -> str:
    """Cut what is far too long already: entries inside entries multiply."""
    return text[: 20 * PROMPT_LIMIT]


def _tidy(text: str) -> str:
    """Close the gaps that styles leave when they are taken out, and the brackets that they stood in."""
    while (closed := _HOLLOW.sub("", text)) != text:
        text = closed
    text = re.sub(r" {2,}", " ", text)
    return re.sub(r"\s*[,，、](\s*[,，、])+", ",", re.sub(r" (?=[,，、])", "", text)).strip(" ,，、")


def _joined(one: str, other: str) -> str:
    return ", ".join(filter(None, (one.strip(" ,"), other.strip(" ,"))))
