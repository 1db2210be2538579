"""Pictures edited by saying what they show: what is said twice stays."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PIL import Image

from gpuworker.checkpoints.store import CheckpointStore
from gpuworker.engine.engine import Engine
from gpuworker.engine.request import Request, Start
from storage.samplers import Sampler
from tests.gpuworker.engine.support import difference, drain, plain, render_alone, render_together


def a_picture(side: int = 64) -> Image.Image:
    """Noise of large grain."""
    grain = np.random.default_rng(3).integers(0, 256, (4, 4, 3), dtype=np.uint8)
    return Image.fromarray(grain).resize((side, side))


def edited(**changes: Any) -> Request:
    """A red house in the picture, which becomes what the prompt says."""
    return plain(start=Start(a_picture(), 1.0, shows="a red house"), **changes)


@pytest.mark.parametrize("checkpoint", ["tiny", "tiny-v"])
@pytest.mark.parametrize("sampler", Sampler)
def test_where_both_texts_are_one_the_picture_itself_comes_out(
    checkpoints: CheckpointStore, sampler: Sampler, checkpoint: str
) -> None:
    request = edited(checkpoint=checkpoint, sampler=sampler, steps=6)
    assert difference(render_alone(checkpoints, request), a_picture()) == 0


def test_another_text_changes_it(checkpoints: CheckpointStore) -> None:
    picture = render_alone(checkpoints, edited(prompt="a blue boat"))
    assert difference(picture, a_picture()) > 8


def test_whoever_shares_its_batch(checkpoints: CheckpointStore) -> None:
    mates = [plain(seed=5), edited(prompt="a boat AND a blue tree", seed=6), plain(guidance_scale=1.0)]
    mine = edited(prompt="a blue house, " * 40, sampler=Sampler.EULER_A)
    together = render_together(checkpoints, [*mates, mine])
    for request, picture in zip([*mates, mine], together, strict=True):
        assert difference(picture, render_alone(checkpoints, request)) <= 1


def test_both_ways_count_as_rows(checkpoints: CheckpointStore) -> None:
    engine = Engine(checkpoints, max_rows=4)
    futures = [engine.submit(edited(seed=1, prompt="a boat")), engine.submit(edited(seed=2, prompt="a tree"))]
    engine.step()
    assert engine.stats().running == 1
    drain(engine)
    assert all(future.done() for future in futures)
