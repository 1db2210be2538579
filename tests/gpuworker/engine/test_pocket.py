"""The checkpoints that ship with the package, through the engine."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from gpuworker.checkpoints.check import available, check
from gpuworker.checkpoints.store import CheckpointStore
from gpuworker.registry import shipped_checkpoints
from storage.samplers import Sampler
from tests.gpuworker.engine.support import difference, pixels, plain, render_stock, render_together


@pytest.mark.slow
@pytest.mark.parametrize("name", shipped_checkpoints())
def test_a_batch_draws_what_each_draws_alone(tmp_path: Path, name: str) -> None:
    assert name in available(tmp_path)
    assert check(name, tmp_path)
    checkpoints = CheckpointStore(tmp_path, "cpu")
    pocket, side = checkpoints.get(name), checkpoints.describe(name).side
    mix = [
        plain(
            checkpoint=name,
            prompt=f"a {colour} house",
            width=side,
            height=side,
            # Many steps of LCM, which stops at eight or so, amplify what rounding differs in a larger batch.
            steps=8 if sampler is Sampler.LCM else 4 + i,
            sampler=sampler,
            seed=i,
        )
        for i, (sampler, colour) in enumerate(zip(Sampler, ("red", "blue", "green") * 3, strict=False))
    ]
    pictures = render_together(checkpoints, mix)
    for request, picture in zip(mix, pictures, strict=True):
        assert difference(picture, render_stock(pocket, request)) <= 1, request.sampler
        assert pixels(picture).std() > 10
    assert len({np.asarray(picture).tobytes() for picture in pictures}) == len(mix)
