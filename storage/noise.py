"""The noise that pictures start from."""

from __future__ import annotations

import secrets
from typing import Annotated

from pydantic import Field

from storage.fields import Strength
from storage.sizes import Side
from storage.values import Travelling

MAX_SEED = 2**32 - 1
Seed = Annotated[int, Field(ge=0, le=MAX_SEED)]


def new_seed() -> int:
    """Draw a seed in 0..2^32-1, the range that A1111 users know."""
    return secrets.randbelow(MAX_SEED + 1)


class Variation(Travelling):
    """A turn of the noise towards the noise of another seed, by spherical interpolation.

    `strength` 0 leaves the noise as it is, 1 replaces it (A1111's "variation strength").
    """

    seed: Seed
    strength: Strength


class Noise(Travelling):
    """The noise a picture starts from: the noise of `seed`, turned by each variation in order.

    In another size a seed alone gives other noise. `frozen` noise is that of an earlier picture of `frozen`
    width and height, in pixels: frames of a film and edits share it, at the same distance from the middle,
    and have noise of their own only where they reach beyond it (A1111's "seed resize").
    """

    seed: Seed
    variations: tuple[Variation, ...] = ()
    frozen: tuple[Side, Side] | None = None
