"""Bodies: the heads, faces, arms, hands and legs of each figure in a picture, counted and compared.

Only what a detector of figures finds can be counted, and none of them finds fingers.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Literal, TypeAlias

from pydantic import BaseModel, ConfigDict

from moderation.findings import Finding
from moderation.intended import PARTS, Counts, Part, intended

Box: TypeAlias = tuple[int, int, int, int]
Wrong: TypeAlias = Literal["count", "detached", "fused", "cut"]

FIGURES = ("figure", "person")
"""The labels that detectors give to a whole figure."""
COUNTED_FROM = 0.4
"""Confidence from which a part, or a figure, counts as there."""
LOOKED_FROM = 0.05
"""Confidence from which a detector reports: what it half sees is half a mistake."""
SAME_FROM = 0.6
"""Overlap from which two boxes of one label are one thing: the limbs of one figure lie close together."""

_THERE_FROM: Mapping[Part, float] = {"head": 0.6, "face": 0.4, "arm": 0.5, "hand": 0.4, "leg": 0.5}
"""Confidence from which a part that is expected is there."""
_TOO_MANY_FROM: Mapping[Part, float] = {"head": 0.3, "face": 0.4, "arm": 0.45, "hand": 0.6, "leg": 0.4}
"""Confidence from which one more than expected is there."""
_ARM_WITHOUT_HAND_FROM = 0.75
"""Confidence from which an arm is there where too few hands are seen."""
_SEVERE: tuple[Part, ...] = ("head", "arm", "leg", "hand")
"""Parts whose wrong count nobody overlooks; of hands, only one too many: they hide behind things."""
_AT_BORDER = 0.02
"""Share of a side: a figure that comes closer to the border is cut off there."""
_SURE_OF_DETACHED = 0.6
"""Confidence from which a part that touches nobody is believed."""


class Goof(BaseModel):
    """What is wrong with a part of a figure: it has `counted` of it, and should have `expected`.

    `boxes` are where it shows, in pixels: all that is there of a part of which there is too much, or the
    figure that lacks some.
    """

    model_config = ConfigDict(frozen=True)

    part: Part
    counted: int
    expected: int
    wrong: Wrong = "count"
    severe: bool = False
    boxes: tuple[Box, ...] = ()


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
    found: Sequence[Finding], labels: Collection[str], size: tuple[int, int], asked: Iterable[str] = ()
) -> tuple[Body, ...]:
    """Count the parts of each figure in a picture of `size`, width and height in pixels.

    `found` is everything from LOOKED_FROM on that a detector of these `labels` found, and `asked` are the
    texts that the picture was made from, which may name other counts than the usual. What the detector does
    not know is not counted, and nothing is missing that may lie beyond the picture's border. Parts that are
    surely there and touch no figure make up one figure together: a person drawn beyond recognition is a
    person. An arm or a leg alone is none: it is detached.
    """
    parts, meant = countable(labels), intended(asked)
    owned, loose = _by_figure(found, parts)
    if {each.label for each in loose} - {"hand"} not in ({"arm"}, {"leg"}, set()):
        owned.append((_around(loose), loose))
        loose = []
    right = meant.right(len(owned))
    counted = [_counted(box, own, parts, size, right, meant.parts) for box, own in owned]
    return (*counted, *_detached(loose, size, meant.free))


def _by_figure(
    found: Sequence[Finding], parts: Collection[str]
) -> tuple[list[tuple[Box, list[Finding]]], list[Finding]]:
    """Assign each part to the nearest of the figures that it touches.

    Gives every figure's box and parts, and the parts that are surely there and touch none.
    """
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
    return owned, loose


def _around(parts: Sequence[Finding]) -> Box:
    lefts, tops, rights, bottoms = zip(*(each.box for each in parts), strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)


def _touch(one: Box, other: Box) -> bool:
    return one[0] <= other[2] and other[0] <= one[2] and one[1] <= other[3] and other[1] <= one[3]


def _distance(figure: Box, part: Box) -> tuple[float, float]:
    """Measure how far the middle of a part lies outside a figure's box, and then how far from its axis."""
    (x, y), (axis, _) = _middle(part), _middle(figure)
    left, top, right, bottom = figure
    return max(left - x, x - right, top - y, y - bottom, 0.0), abs(x - axis)


def _middle(box: Box) -> tuple[float, float]:
    return (box[0] + box[2]) / 2, (box[1] + box[3]) / 2


def _detached(loose: Sequence[Finding], size: tuple[int, int], free: Collection[str]) -> list[Body]:
    """Make a body of each limb that belongs to nobody; at the border, somebody may stand beyond it."""
    alone = [
        (name, part)
        for name in PARTS
        for part in loose
        if part.label == name != "hand" and name not in free
        if part.score >= _SURE_OF_DETACHED and not _borders(part.box, size)
    ]
    return [Body(box=part.box, errors=part.score, goofs=(_loose(name, part.box),)) for name, part in alone]


def _loose(part: Part, box: Box) -> Goof:
    return Goof(part=part, counted=1, expected=0, wrong="detached", severe=True, boxes=(box,))


def _counted(
    box: Box,
    own: Sequence[Finding],
    parts: Sequence[Part],
    size: tuple[int, int],
    right: Counts,
    meant: Collection[Part],
) -> Body:
    hidden, errors, goofs = _may_be_hidden(box, size), 0.0, list[Goof]()
    for part in parts:
        those = _apart([each for each in own if each.label == part])
        scores = [each.score for each in those]
        sure = [1.0 for score in scores if score >= COUNTED_FROM]
        wrong = {count: _errors(scores, sure, count, part in hidden) for count in right[part]}
        expected = min(wrong, key=lambda count: wrong[count])
        errors += wrong[expected]
        alone = part == "arm" and "hand" in parts and _sure(own, "hand") < expected
        counted = _count(part, scores, expected, alone)
        if counted > expected or (counted < expected and part not in hidden):
            goofs.append(
                Goof(
                    part=part,
                    counted=counted,
                    expected=expected,
                    severe=part not in meant and _is_severe(part, counted, expected),
                    boxes=tuple(each.box for each in those[:counted]) if counted > expected else (box,),
                )
            )
    return Body(box=box, errors=errors, goofs=tuple(_joined(goofs, box)))


def _apart(those: Sequence[Finding]) -> list[Finding]:
    """Give the surest first, without those in the middle of which lies a surer one: it was seen twice."""
    kept: list[Finding] = []
    for each in sorted(those, key=lambda each: -each.score):
        if not any(_in_the_middle(each.box, other.box) for other in kept):
            kept.append(each)
    return kept


def _in_the_middle(one: Box, other: Box) -> bool:
    """Say whether each of two boxes holds the middle of the other."""
    return all(
        a[0] < x < a[2] and a[1] < y < a[3] for a, b in ((one, other), (other, one)) for x, y in [_middle(b)]
    )


def _count(part: Part, scores: Sequence[float], expected: int, alone: bool) -> int:
    """Count what is there: for one part too many it takes another confidence than for those expected.

    `alone` are arms that have too few hands.
    """
    enough = _ARM_WITHOUT_HAND_FROM if alone else _THERE_FROM[part]
    there = sum(score >= enough for score in scores[:expected])
    return there + sum(score >= _TOO_MANY_FROM[part] for score in scores[expected:])


def _sure(own: Sequence[Finding], part: Part) -> int:
    return sum(each.label == part and each.score >= COUNTED_FROM for each in own)


def _is_severe(part: Part, counted: int, expected: int) -> bool:
    return part in _SEVERE and (counted > expected or part != "hand")


def _joined(goofs: Sequence[Goof], box: Box) -> Sequence[Goof]:
    """Take two of everything for two people in one box, which is no more than a box too few."""
    doubled = {goof.part for goof in goofs if goof.counted >= 2 * goof.expected > 0}
    if "head" not in doubled or not doubled & {"arm", "leg"}:
        return goofs
    heads = next(goof for goof in goofs if goof.part == "head")
    return [heads.model_copy(update={"wrong": "fused", "severe": False, "boxes": (box,)})]


def _errors(scores: Sequence[float], sure: Sequence[float], expected: int, hidden: bool) -> float:
    """Count the surplus and the missing, except what may be hidden: half by count, half by confidence."""
    missing = 0.0 if hidden else expected - (sum(scores[:expected]) + sum(sure[:expected])) / 2
    return missing + (sum(scores[expected:]) + sum(sure[expected:])) / 2


def _borders(box: Box, size: tuple[int, int]) -> bool:
    across, down = (1 + _AT_BORDER * side for side in size)
    return box[0] <= across or box[1] <= down or box[2] >= size[0] - across or box[3] >= size[1] - down


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
