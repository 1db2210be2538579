"""How much of what was learned a word may keep: as much as leaves it what it is of."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

Vectors = tuple[Tensor, ...]

_SHARES = (1.0, 0.5, 0.0)
"""Of the way from the first vectors to those that were learned, which are tried."""
_MISSED = 1
"""Pictures, of four, in which a subject may be recognised less often than with the phrase for it: that names
another colour, and by the right one a subject is taken for something else now and then."""


class Shown(NamedTuple):
    """In how many pictures drawn with vectors the subject is recognised, and how like it they are, 0 to 1."""

    recognised: int
    likeness: float


def restrained(
    phrase: Vectors, first: Vectors, learned: Vectors, shown: Callable[[Vectors], Shown]
) -> Vectors:
    """Go as far from the first vectors as pictures drawn with them are most like the subject.

    But only where it is recognised about as often as with the vectors of the phrase for it; else go back to
    these. `shown` is asked once for each.

    A loss says little of what guidance makes of vectors. With those for a magenta star that began as "purple
    star" it fell by a tenth and more, and yet pocket drew red stars by some, and purple discs by others: of
    four pictures it recognised 4 of the phrase, 0 of all that was learned, 3 of half and 4 of a quarter. And
    what is recognised may be less like: of the likeness that pocket's word for a teal hexagon had, pocket-2
    kept 0.72 by "green circle" and 0.55 by all that it learned from there, and recognised both as often. What
    lies between two phrases may be neither: for a maroon diamond, which pocket takes for a red tree, it drew
    trees by some noises and boats by others.
    """
    tried = [between(first, learned, share) for share in _SHARES]
    if not all(map(torch.equal, phrase, first)):
        tried.append(phrase)
    seen = [shown(vectors) for vectors in tried]
    least = seen[-1].recognised - _MISSED
    allowed = [place for place, each in enumerate(seen) if each.recognised >= least]
    return tried[max(allowed, key=lambda place: seen[place].likeness)]


def between(first: Vectors, second: Vectors, share: float) -> Vectors:
    """Give what lies that share, 0 to 1, of the way from vectors (n, width) to others, along the sphere."""
    return tuple(_turned(one, other, share) for one, other in zip(first, second, strict=True))


def _turned(one: Tensor, other: Tensor, share: float) -> Tensor:
    norm = torch.lerp(one.norm(dim=1, keepdim=True), other.norm(dim=1, keepdim=True), share)
    start, end = F.normalize(one, dim=1), F.normalize(other, dim=1)
    angle = (start * end).sum(1, keepdim=True).clamp(-1, 1).acos()
    aside = F.normalize(end - (start * end).sum(1, keepdim=True) * start, dim=1)
    return norm * (start * (share * angle).cos() + aside * (share * angle).sin())
