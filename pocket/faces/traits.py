"""The traits of a drawn face, as numbers: what the encoder learns to tell, and what descriptors are of."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from pocket.world.canvas import Colour
from pocket.world.known import Look

HAIRS = ("none", "short", "long", "curly", "bun", "mohawk")
BEARDS = ("none", "full", "moustache")
_SKIN, _HAIR_COLOUR, _GLASSES_COLOUR = slice(0, 3), slice(3, 6), slice(6, 9)
_HAIR, _BEARD, _GLASSES, _EYEPATCH = slice(9, 15), slice(15, 18), slice(18, 19), slice(19, 20)
DIMENSIONS = 20
"""Three colours of three numbers, kinds of hair and of beard, glasses or none, an eyepatch or none."""


class Traits(NamedTuple):
    """The traits of N faces: numbers (N, 20), and whether each of the three colours can be seen (N, 3)."""

    numbers: Tensor
    visible: Tensor


def traits_of(looks: list[Look]) -> Traits:
    """Give the traits as they are."""
    numbers = [
        [
            *_colour(look.skin),
            *_colour(look.hair_colour),
            *_colour(look.glasses or (0, 0, 0)),
            *(float(look.hair == hair) for hair in HAIRS),
            *(float(look.beard == beard) for beard in BEARDS),
            float(look.glasses is not None),
            float(look.eyepatch),
        ]
        for look in looks
    ]
    # A beard has the colour of the hair.
    visible = [
        [True, (look.hair, look.beard) != ("none", "none"), look.glasses is not None] for look in looks
    ]
    return Traits(torch.tensor(numbers), torch.tensor(visible))


def loss_of(said: Tensor, wanted: Traits) -> Tensor:
    """Give the loss of what was `said` of faces (N, 20): distances of colours, cross-entropies of kinds."""
    right, losses = wanted.numbers, []
    for place, part in enumerate((_SKIN, _HAIR_COLOUR, _GLASSES_COLOUR)):
        seen = wanted.visible[:, place]
        if seen.any():
            losses.append(2 * F.l1_loss(said[seen, part], right[seen, part]))
    losses += [F.cross_entropy(said[:, part], right[:, part].argmax(1)) for part in (_HAIR, _BEARD)]
    losses += [
        F.binary_cross_entropy_with_logits(said[:, part], right[:, part]) for part in (_GLASSES, _EYEPATCH)
    ]
    return torch.stack(losses).sum()


def descriptors(said: Tensor) -> Tensor:
    """Give the descriptors (N, 20, ...) of what is said (N, 20, ...): kinds as chances.

    Colours of what is not there are nothing.
    """
    glasses = said[:, _GLASSES].sigmoid()
    hair, beard = said[:, _HAIR].softmax(1), said[:, _BEARD].softmax(1)
    bald = hair[:, :1] * beard[:, :1]
    return torch.cat(
        [
            said[:, _SKIN],
            said[:, _HAIR_COLOUR] * (1 - bald),
            said[:, _GLASSES_COLOUR] * glasses,
            hair,
            beard,
            glasses,
            said[:, _EYEPATCH].sigmoid(),
        ],
        1,
    )


def _colour(colour: Colour) -> tuple[float, ...]:
    return tuple(channel / 127.5 - 1 for channel in colour)
