"""How detail is drawn over a picture that was made larger."""

from __future__ import annotations

from storage.fields import Guidance, Strength
from storage.noise import Seed
from storage.samplers import Sampler
from storage.sizes import Side
from storage.values import Travelling


class Detail(Travelling):
    """How a checkpoint draws over an enlarged picture: in tiles of `side` pixels, and each face by itself.

    `strength` is the share of the steps that are run. `seed` decides the noise, and where the tiles lie.
    """

    side: Side
    strength: Strength
    sampler: Sampler
    guidance_scale: Guidance
    seed: Seed
