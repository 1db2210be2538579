"""The checkpoint that ships with the package, through the engine."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from gpuworker.checkpoints.check import available, check
from gpuworker.checkpoints.store import CheckpointStore
from storage.jobs import Sampler
from tests.gpuworker.engine.support import difference, pixels, plain, render_stock, render_together


@pytest.mark.slow
def test_pocket_draws_in_a_batch_what_it_draws_alone(tmp_path: Path) -> None:
    assert available(tmp_path) == ["pocket"]
    assert check("pocket", tmp_path)
    checkpoints = CheckpointStore(tmp_path, "cpu")
    pocket = checkpoints.get("pocket")
    mix = [
        plain(
            checkpoint="pocket",
            prompt=f"a {colour} house",
            width=128,
            height=128,
            # Many steps of LCM, which stops at eight or so, amplify what rounding differs in a larger batch.
            steps=8 if sampler is Sampler.LCM else 10 + i,
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
