"""How the best of several pictures were ranked, as a table that a member understands."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence

from moderation.rules.anatomy import said
from moderation.told import Told
from storage.events import Picture, Scores
from storage.recipe import sampled

LEGEND = Told(
    "Words: how well it goes with yours; 1 would be perfectly, 0 not at all. People: their heads, faces, "
    "arms, hands and legs, as far as they can be made out. Looks: what people would give it, of 10."
)
_TASTE = Told("Taste: how much better than the others you would like it, as far as your choices tell.")
_HEADINGS = ("", Told("words"), Told("people"), Told("looks"), Told("taste"), Told("seed"))
_MOST_GOOFS = 3

Row = tuple[str, ...]
Say = Callable[[str], str]
"""Say what is told in somebody's language."""


def ranks_table(pictures: Sequence[Picture], say: Say = str) -> list[Row]:
    """Make a heading and a row for each ranked picture, the best first; leave out columns without values."""
    rows = [
        (
            say(Told("{place:ordinal}", place=place)),
            say(Told("{agreement:.2f}", agreement=scores.agreement)),
            _people(scores, say),
            "" if scores.aesthetics is None else say(Told("{looks:.1f}", looks=scores.aesthetics)),
            "" if scores.taste is None else say(Told("{taste:+.1f}", taste=scores.taste)),
            _seed(picture),
        )
        for place, picture in enumerate(pictures, start=1)
        if (scores := picture.scores) is not None
    ]
    columns = list(zip(map(say, _HEADINGS), *rows, strict=True))
    return list(zip(*(column for column in columns if any(column[1:])), strict=True))


def _people(scores: Scores, say: Say) -> str:
    if scores.bodies is None:
        return ""
    if not scores.bodies:
        return say(Told("nobody in it"))
    goofs = list(dict.fromkeys(say(said(goof)) for body in scores.bodies for goof in body.goofs))
    more = [] if len(goofs) <= _MOST_GOOFS else ["…"]
    return ", ".join(goofs[:_MOST_GOOFS] + more) or say(Told("as they should be"))


def _seed(picture: Picture) -> str:
    recipe = sampled(picture.recipe)
    return "" if recipe is None else str(recipe.noise.seed)


def ranks_message(pictures: Sequence[Picture], of: int, say: Say = str) -> str:
    """Write the message that says how the best of so many were ranked."""
    table = ranks_table(pictures, say)
    widths = [max(map(_columns, column)) for column in zip(*table, strict=True)]
    lines = [
        "  ".join(
            cell + " " * (width - _columns(cell)) for cell, width in zip(row, widths, strict=True)
        ).rstrip()
        for row in table
    ]
    head = say(Told("The best of {made}, the best first:", made=of))
    has_taste = any(picture.scores and picture.scores.taste is not None for picture in pictures)
    legends = [LEGEND, _TASTE] if has_taste else [LEGEND]
    return "\n".join([head, "```", *lines, "```", f"-# {' '.join(map(say, legends))}"])


def _columns(text: str) -> int:
    """Count the columns of a text in a fixed-width font, where Chinese characters and kana take two."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)
