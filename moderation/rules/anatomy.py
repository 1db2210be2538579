"""Rule "anatomy": people with an arm too many, which nobody asked for.

It judges how well a picture came out, and nothing that must not be seen: a member may turn it off.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from moderation.bodies import Body, Goof
from moderation.intended import Part
from moderation.policy import Anatomy
from moderation.told import Told
from moderation.verdict import Action, Verdict


def of_bodies(seen: Sequence[Body], anatomy: Anatomy) -> Verdict:
    """Judge the figures in a picture; what is discarded is nobody's fault, and made again."""
    goofs = [goof for goof in found_wrong(seen) if goof.severe or anatomy is Anatomy.STRICT]
    if anatomy is Anatomy.OFF or not goofs:
        return Verdict()
    explanation = Told(
        "Somebody in this picture came out with {goof}. It was discarded and cost you nothing.",
        goof=said(goofs[0]),
    )
    return Verdict.of(Action.BLOCK, "anatomy", goofs[0].part, explanation)


def found_wrong(seen: Sequence[Body]) -> list[Goof]:
    """List all goofs in a picture, the severe ones first."""
    return sorted((goof for body in seen for goof in body.goofs), key=lambda goof: not goof.severe)


def said(goof: Goof) -> Told:
    """Put a goof into words: `three arms`, `only one leg`, `no head`."""
    counted = goof.counted
    plural = counted > 1 or (counted == 0 and goof.expected > 1)
    parts = (_SEVERAL if plural else _ONE)[goof.part]
    match goof.wrong:
        case "detached":
            return Told("a loose {part}", part=_ONE[goof.part])
        case "fused":
            return Told("two bodies grown together")
        case "cut":
            return Told("a head cut off by the border")
    if counted == 0:
        return Told("no {parts}", parts=parts)
    if counted < goof.expected:
        return Told("only {counted:word} {parts}", counted=counted, parts=parts)
    return Told("{counted:word} {parts}", counted=counted, parts=parts)


_ONE: Mapping[Part, Told] = {
    "head": Told("head"),
    "face": Told("face"),
    "arm": Told("arm"),
    "hand": Told("hand"),
    "leg": Told("leg"),
}
_SEVERAL: Mapping[Part, Told] = {
    "head": Told("heads"),
    "face": Told("faces"),
    "arm": Told("arms"),
    "hand": Told("hands"),
    "leg": Told("legs"),
}
