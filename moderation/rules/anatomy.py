"""Anatomy: the heads, faces, arms, hands and legs of each figure in a picture, counted.

Only what a detector of figures finds can be counted, and none of them finds fingers.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Literal, TypeAlias, get_args

from pydantic import BaseModel, ConfigDict

from moderation.findings import Finding
from moderation.normalise import normalise, words_of

Part: TypeAlias = Literal["head", "face", "arm", "hand", "leg"]
Box: TypeAlias = tuple[int, int, int, int]
Counts: TypeAlias = Mapping[Part, Sequence[int]]
"""How many of each part are right; if several counts are right, the usual one comes first."""

PARTS: tuple[Part, ...] = get_args(Part)
FIGURES = ("figure", "person")
"""The labels that detectors give to a whole figure."""
COUNTED_FROM = 0.4
"""Confidence from which a part, or a figure, counts as there."""
LOOKED_FROM = 0.05
"""Confidence from which a detector reports: what it half sees is half a mistake."""
SAME_FROM = 0.6
"""Overlap from which two boxes of one label are one thing: the limbs of one figure lie close together."""

_AT_BORDER = 0.02
"""Share of a side: a figure that comes closer to the border is cut off there."""
_USUAL: Counts = {"head": (1,), "face": (1,), "arm": (2,), "hand": (2,), "leg": (2,)}
_WITH: Mapping[str, tuple[Part, ...]] = {
    "head": ("head", "face"),
    "face": ("face",),
    "arm": ("arm", "hand"),
    "hand": ("hand",),
    "leg": ("leg",),
}
"""Whoever has four arms has four hands."""
_DIGITS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_NUMBERS = {word: number for number, word in enumerate(_DIGITS, start=1)}
_MANY = range(2, 13)
_COUNT, _PART = rf"({'|'.join(_NUMBERS)}|\d\d?|many|multi|several)", rf"({'|'.join(PARTS)})"
_NAMED = re.compile(rf"\b(?:{_COUNT} {_PART}g?ed|with {_COUNT} {_PART}s|{_PART}less)\b")
_MANY_ARMED = re.compile(
    r"\b(?:kali|durga|shiva|vishnu|brahma|ganesha?|lakshmi|sarasw?ati|guanyin|asura|"
    r"do(?:c|k)tor octopus|doc ock|otto octavius)\b"
)


class Goof(BaseModel):
    """A figure has `counted` of a part, and should have `expected`."""

    model_config = ConfigDict(frozen=True)

    part: Part
    counted: int
    expected: int


class Body(BaseModel):
    """A figure in a picture, (left, top, right, bottom) in pixels, and what is wrong with it.

    `goofs` are the parts whose count is wrong when everything found from COUNTED_FROM on is taken to be
    there. `errors` is how many are too many or missing: the mean of that count and of the number to expect
    from the confidences, where a limb found with 0.3 is 0.7 of a missing one. That ranks pictures whose
    counts are equal.
    """

    model_config = ConfigDict(frozen=True)

    box: Box
    errors: float
    goofs: tuple[Goof, ...] = ()


def countable(labels: Collection[str]) -> tuple[Part, ...]:
    """Give the parts that a detector of these labels can count: none, unless it finds figures too."""
    if not any(label in labels for label in FIGURES):
        return ()
    return tuple(part for part in PARTS if part in labels)


def bodies(
    found: Sequence[Finding], labels: Collection[str], size: tuple[int, int], asked: Sequence[str] = ()
) -> tuple[Body, ...]:
    """Count the parts of each figure in a picture of `size`, width and height in pixels.

    `found` is everything from LOOKED_FROM on that a detector of these `labels` found, and `asked` are the
    texts that the picture was made from, which may name other counts than the usual. What the detector does
    not know is not counted, and nothing is missing that may lie beyond the picture's border. Parts that are
    surely there and touch no figure make up one figure together: a person drawn beyond recognition is a
    person.
    """
    parts = countable(labels)
    owned = _by_figure(found, parts)
    right = right_counts(asked, len(owned))
    return tuple(_counted(box, own, parts, size, right) for box, own in owned)


def right_counts(asked: Iterable[str], figures: int) -> Counts:
    """Say how many parts are right in a picture of so many figures that was made from these texts.

    "A four-armed deity", "a knight with two heads", "the headless horseman" and Kali say so themselves. Among
    several figures nobody can tell which one is meant: then each may have the usual counts instead.
    """
    named: dict[Part, Sequence[int]] = {}
    for text in map(words_of, map(normalise, asked)):
        if _MANY_ARMED.search(text):
            named |= {"arm": _MANY, "hand": _MANY}
        for match in _NAMED.finditer(text):
            counts, part = _meant(match)
            named |= dict.fromkeys(_WITH[part], counts)
    if figures == 1:
        return {**_USUAL, **named}
    return {part: tuple(dict.fromkeys((*usual, *named.get(part, ())))) for part, usual in _USUAL.items()}


def _meant(match: re.Match[str]) -> tuple[Sequence[int], str]:
    said, part = match[1] or match[3], match[2] or match[4] or match[5]
    if said is None:
        return (0,), part
    if said.isdecimal():
        return (int(said),), part
    return ((_NUMBERS[said],) if said in _NUMBERS else _MANY), part


def _by_figure(found: Sequence[Finding], parts: Collection[str]) -> list[tuple[Box, list[Finding]]]:
    """Assign each part to the nearest of the figures that it touches. Gives every figure's box and parts."""
    owned: list[tuple[Box, list[Finding]]] = [
        (each.box, []) for each in found if each.label in FIGURES and each.score >= COUNTED_FROM
    ]
    loose = []
    for part in (each for each in found if each.label in parts):
        touched = [own for own in owned if _touch(own[0], part.box)]
        if touched:
            min(touched, key=lambda own: _distance(own[0], part.box))[1].append(part)
        elif part.score >= COUNTED_FROM:
            loose.append(part)
    if loose:
        lefts, tops, rights, bottoms = zip(*(each.box for each in loose), strict=True)
        owned.append(((min(lefts), min(tops), max(rights), max(bottoms)), loose))
    return owned


def _touch(one: Box, other: Box) -> bool:
    return one[0] <= other[2] and other[0] <= one[2] and one[1] <= other[3] and other[1] <= one[3]


def _distance(figure: Box, part: Box) -> tuple[float, float]:
    """Measure how far the middle of a part lies outside a figure's box, and then how far from its axis."""
    (x, y), (axis, _) = _middle(part), _middle(figure)
    left, top, right, bottom = figure
    return max(left - x, x - right, top - y, y - bottom, 0.0), abs(x - axis)


def _middle(box: Box) -> tuple[float, float]:
    return (box[0] + box[2]) / 2, (box[1] + box[3]) / 2


def _counted(
    box: Box, own: Sequence[Finding], parts: Sequence[Part], size: tuple[int, int], right: Counts
) -> Body:
    hidden, errors, goofs = _may_be_hidden(box, size), 0.0, []
    for part in parts:
        scores = sorted((each.score for each in own if each.label == part), reverse=True)
        sure = [1.0 for score in scores if score >= COUNTED_FROM]
        wrong = {count: _errors(scores, sure, count, part in hidden) for count in right[part]}
        expected = min(wrong, key=lambda count: wrong[count])
        errors += wrong[expected]
        if len(sure) > expected or (len(sure) < expected and part not in hidden):
            goofs.append(Goof(part=part, counted=len(sure), expected=expected))
    return Body(box=box, errors=errors, goofs=tuple(goofs))


def _errors(scores: Sequence[float], sure: Sequence[float], expected: int, hidden: bool) -> float:
    """Count the surplus and the missing, except what may be hidden: half by count, half by confidence."""
    missing = 0.0 if hidden else expected - (sum(scores[:expected]) + sum(sure[:expected])) / 2
    return missing + (sum(scores[expected:]) + sum(sure[expected:])) / 2


def _may_be_hidden(box: Box, size: tuple[int, int]) -> set[Part]:
    """Give the parts of a figure that may lie beyond the border that cuts it off."""
    across, down = (1 + _AT_BORDER * side for side in size)
    left, top, right, bottom = box
    hidden: set[Part] = set()
    if top <= down:
        hidden |= {"head", "face"}
    if bottom >= size[1] - down:
        hidden |= {"leg"}
    if hidden or left <= across or right >= size[0] - across:
        hidden |= {"arm", "hand"}
    return hidden
