"""What the pocket checkpoint calls what it is shown."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch

from gpuworker.checkpoints.store import CheckpointStore
from gpuworker.training.lessons import encoder_of, pixels_of
from gpuworker.training.naming import best_phrases, times_named
from pocket import WEIGHTS
from tests.benchmarks.subjects import Object, pictures_of

PHRASES = ["a purple square", "a red star", "a green boat", "a purple star", "a blue house"]


@pytest.mark.slow
def test_a_checkpoint_knows_what_it_would_draw_pictures_by() -> None:
    checkpoint = CheckpointStore(WEIGHTS, "cpu").get("pocket")
    pictures = pictures_of(Object("star", "magenta"), seed=1, count=3)
    latents = encoder_of(checkpoint)(torch.stack([pixels_of(each) for each in pictures]))
    slices: list[Callable[[], None]] = []

    def run(slice_: Callable[[], None]) -> None:
        slices.append(slice_)
        slice_()

    named = best_phrases(checkpoint, latents, PHRASES, 1, run)
    assert named[0] == "a purple star"
    assert sorted(named) == sorted(PHRASES)
    assert len(slices) >= len(PHRASES)
    assert times_named(checkpoint, latents, ["a purple star", *PHRASES[:2]], 1, run) == 3
    assert times_named(checkpoint, latents, ["a red star", *PHRASES[2:]], 1, run) == 0
