"""How the best of several pictures were ranked, as a table that a member understands."""

from __future__ import annotations

from collections.abc import Sequence

from moderation.rules.anatomy import Goof
from storage.events import Picture, Scores
from storage.recipe import sampled

LEGEND = (
    "Words: how well it goes with yours; 1 would be perfectly, 0 not at all. People: their heads, faces,"
    " arms, hands and legs, as far as they can be made out. Looks: what people would give it, of 10."
)
_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_MOST_GOOFS = 3

Row = tuple[str, ...]


def ordinal(place: int) -> str:
    """Write a place as `1st`, `2nd`, `3rd`, `4th` ..."""
    ending = "th" if 10 <= place % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(place % 10, "th")
    return f"{place}{ending}"


def ranks_table(pictures: Sequence[Picture]) -> list[Row]:
    """Make a heading and a row for each ranked picture, the best first; leave out columns without values."""
    rows = [
        (ordinal(place), f"{scores.agreement:.2f}", _people(scores), _looks(scores), _seed(picture))
        for place, picture in enumerate(pictures, start=1)
        if (scores := picture.scores) is not None
    ]
    columns = list(zip(("", "words", "people", "looks", "seed"), *rows, strict=True))
    return list(zip(*(column for column in columns if any(column[1:])), strict=True))


def _people(scores: Scores) -> str:
    if scores.bodies is None:
        return ""
    if not scores.bodies:
        return "nobody in it"
    goofs = list(dict.fromkeys(_said(goof) for body in scores.bodies for goof in body.goofs))
    more = [] if len(goofs) <= _MOST_GOOFS else ["…"]
    return ", ".join(goofs[:_MOST_GOOFS] + more) or "as they should be"


def _said(goof: Goof) -> str:
    """Put a goof into words: `three arms`, `only one leg`, `no head`."""
    number = _NUMBERS[goof.counted] if goof.counted < len(_NUMBERS) else str(goof.counted)
    plural = goof.counted > 1 or (goof.counted == 0 and goof.expected > 1)
    only = "only " if 0 < goof.counted < goof.expected else ""
    return f"{only}{number} {goof.part}{'s' if plural else ''}"


def _looks(scores: Scores) -> str:
    return "" if scores.aesthetics is None else f"{scores.aesthetics:.1f}"


def _seed(picture: Picture) -> str:
    recipe = sampled(picture.recipe)
    return "" if recipe is None else str(recipe.noise.seed)


def ranks_message(pictures: Sequence[Picture], of: int) -> str:
    """Write the message that says how the best of so many were ranked."""
    table = ranks_table(pictures)
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in table
    ]
    return "\n".join([f"The best of {of}, the best first:", "```", *lines, "```", f"-# {LEGEND}"])
