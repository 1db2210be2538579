from __future__ import annotations

import pytest
from pydantic import ValidationError

from storage.noise import MAX_SEED, Noise, new_seed


def test_seeds_are_drawn_from_the_whole_range() -> None:
    drawn = {new_seed() for _ in range(1000)}
    assert len(drawn) > 990
    assert min(drawn) >= 0
    assert MAX_SEED / 2 < max(drawn) <= MAX_SEED


@pytest.mark.parametrize("seed", [-1, MAX_SEED + 1])
def test_other_seeds_are_refused(seed: int) -> None:
    with pytest.raises(ValidationError):
        Noise(seed=seed)
