"""How a prompt was read, as a picture: every word on the colour of its weight."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from PIL import Image, ImageDraw, ImageFont

from bot.grid import BACKGROUND
from bot.language import Language
from moderation.prompt_language.explanation import Moment, explain, step_names
from moderation.prompt_language.parse import parse
from moderation.prompt_language.tree import number

Colour = tuple[int, int, int]

WIDTH = 720
_MARGIN, _GAP, _PAD, _LINE = 16, 8, 8, 34
_SHOWN = 6
"""Moments that are shown; a longer list is cut, and the picture says so."""
_PLAIN, _UP, _DOWN, _BELOW = (78, 80, 88), (214, 62, 42), (54, 88, 140), (122, 52, 150)
_INK, _FAINT = (242, 243, 245), (148, 155, 164)


def colour_of(weight: float) -> Colour:
    """Give the colour of a weight: grey at 1, red at 2, blue at 0, shades between, violet below zero."""
    if weight < 0:
        return _BELOW
    end, share = (_UP, min(weight - 1, 1.0)) if weight > 1 else (_DOWN, 1 - weight)
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(_PLAIN, end, strict=True))
    return red, green, blue


def weight_strip(language: Language, prompt: str, steps: int) -> Image.Image:
    """Draw how a prompt is read over `steps` steps: RGB, `WIDTH` pixels wide, as high as it takes.

    A line for the steps if they differ, then the words; `AND` and `BREAK` stand where they divide them.
    """
    moments = explain(parse(prompt), steps)
    page = Page()
    for moment in moments[:_SHOWN]:
        if len(moments) > 1:
            page.note(language.say("steps {steps}", steps=step_names(moment.steps)))
        for words, weight in _words(moment):
            label = words if weight in (None, 1) else f"{words} {number(round(weight, 2))}"
            page.word(label, None if weight is None else colour_of(weight))
        page.new_line()
    if len(moments) > _SHOWN:
        page.note(language.say("and {rest} more", rest=len(moments) - _SHOWN))
    return page.picture()


def _words(moment: Moment) -> Iterator[tuple[str, float | None]]:
    """List the words with their weights; what divides them has none."""
    for place, branch in enumerate(moment.branches):
        if place:
            yield "AND", None
        for part, section in enumerate(branch.sections):
            if part:
                yield "BREAK", None
            for text, weight, _ in section:
                yield from ((word, weight) for word in text.split())
        if branch.weight != 1:
            yield f":{number(branch.weight)}", None


@dataclass
class Page:
    """A page that grows downwards as words are set."""

    _marks: list[tuple[int, int, int, str, Colour | None]] = field(default_factory=list)
    _x: int = _MARGIN
    _y: int = _MARGIN
    _font: ImageFont.FreeTypeFont | ImageFont.ImageFont = field(
        default_factory=lambda: ImageFont.load_default(17)
    )

    def word(self, label: str, colour: Colour | None) -> None:
        """Set a word on a colour, in this line or the next; without one it is faint."""
        while self._wide(label) > WIDTH - 2 * _MARGIN:
            label = label[: len(label) // 2] + "…"
        wide = self._wide(label)
        if self._x + wide > WIDTH - _MARGIN:
            self.new_line()
        self._marks.append((self._x, self._y, wide, label, colour))
        self._x += wide + _GAP

    def note(self, text: str) -> None:
        """Set faint words in a line of their own."""
        self.new_line()
        self.word(text, None)
        self.new_line()

    def new_line(self) -> None:
        """Begin a line, unless one is empty."""
        if self._x > _MARGIN:
            self._x, self._y = _MARGIN, self._y + _LINE

    def picture(self) -> Image.Image:
        """Give all that was set: RGB, `WIDTH` pixels wide."""
        self.new_line()
        page = Image.new("RGB", (WIDTH, self._y + _MARGIN - _GAP), BACKGROUND)
        pen = ImageDraw.Draw(page)
        for x, y, wide, label, colour in self._marks:
            if colour is not None:
                pen.rounded_rectangle((x, y, x + wide, y + _LINE - _GAP), 6, fill=colour)
            middle = (x + wide / 2, y + (_LINE - _GAP) / 2)
            pen.text(middle, label, _INK if colour else _FAINT, self._font, anchor="mm")
        return page

    def _wide(self, label: str) -> int:
        return round(self._font.getlength(label)) + 2 * _PAD
