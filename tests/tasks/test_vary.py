"""The job of making pictures near another."""

from __future__ import annotations

from storage.noise import Noise, Variation
from tasks.presets import Distance
from tasks.vary import varied
from tests.conftest import a_job, imagined


def test_four_are_turned_from_the_noise_of_their_parent() -> None:
    parent = Noise(seed=3, variations=(Variation(seed=4, strength=0.1),))
    near = varied(imagined(a_job()), parent, Distance.STRONG)
    assert len({noise.variations[1].seed for noise in near.noises}) == 4
    for noise in near.noises:
        assert (noise.seed, noise.variations[0]) == (3, parent.variations[0])
        assert noise.variations[1].strength == Distance.STRONG.strength
