"""What passes take is measured on a small picture and holds for a large one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.profiler import ProfilerActivity, profile

from gpuworker.checkpoints.checkpoint import Checkpoint
from gpuworker.checkpoints.footprint import Law
from gpuworker.checkpoints.store import CheckpointStore

SIDE = 40
"""In cells: more than six times as many as are measured."""


@pytest.fixture
def pocket(tmp_path: Path) -> Checkpoint:
    return CheckpointStore(tmp_path, "cpu").get("pocket")


def most_bytes(work: Callable[[], object]) -> int:
    """The most that tensors took at once, as torch's profiler saw it."""
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as seen:
        work()
    assert seen.profiler is not None
    assert seen.profiler.kineto_results is not None
    events = [event for event in seen.profiler.kineto_results.events() if event.name() == "[memory]"]
    return int(np.cumsum([each.nbytes() for each in sorted(events, key=lambda each: each.start_ns())]).max())


def test_a_law_grows_with_the_cells_and_with_their_square() -> None:
    law = Law(per_cell=10.0, per_pair=2.0)
    assert (law(1), law(3)) == (12, 48)
    assert law.sliced(3) == 30


@torch.inference_mode()
def test_a_pass_of_the_denoiser_takes_what_the_law_says(pocket: Checkpoint) -> None:
    model = pocket.model
    rows = *pocket.encode_prompt(((),)), *model.added_conditioning(8 * SIDE, 8 * SIDE, 1.0)
    latents, time = torch.zeros(1, model.latent_channels, SIDE, SIDE), torch.ones(1)
    taken = most_bytes(lambda: model.denoise(latents, time, *rows))
    assert pocket.footprint.denoise.sliced(SIDE**2) == pytest.approx(taken, rel=0.25)


@pytest.mark.slow
@torch.inference_mode()
def test_decoding_takes_what_the_law_says_whole_and_in_tiles(pocket: Checkpoint) -> None:
    model, footprint = pocket.model, pocket.footprint
    latents = torch.zeros(1, model.latent_channels, SIDE, SIDE)
    taken = most_bytes(lambda: model.decode(latents))
    assert footprint.autoencode.sliced(SIDE**2) == pytest.approx(taken, rel=0.25)
    tile = 24
    in_tiles = most_bytes(lambda: model.decode(latents, tile))
    promised = footprint.autoencode_in_tiles.sliced(SIDE**2) + footprint.autoencode_tile.sliced(tile**2)
    assert in_tiles < taken
    assert in_tiles < 1.1 * promised < 1.1 * footprint.autoencode.sliced(SIDE**2)


def test_scores_count_only_where_they_are_written_down(checkpoints_folder: Path) -> None:
    for backend, are_written in ((SDPBackend.FLASH_ATTENTION, False), (SDPBackend.MATH, True)):
        tiny = CheckpointStore(checkpoints_folder, "cpu").get("tiny")
        with sdpa_kernel(backend):
            assert (tiny.footprint.denoise.per_pair > 0) is are_written
