"""The parts of an `AND` leave each other's things alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from gpuworker.checkpoints.store import CheckpointStore
from gpuworker.engine.composition import Composition
from pocket.judge import load_judge
from tests.gpuworker.engine.support import difference, of_pocket, pixels, plain, render_alone, render_together

SHAPE = (1, 4, 16, 16)


def predictions() -> tuple[Tensor, Tensor, Tensor]:
    """Of no words, of a thing on the left, and of one on the right; the latter two know of nothing else."""
    start = 0.01 * torch.randn(SHAPE, generator=torch.Generator().manual_seed(1))
    left, right = start.clone(), start.clone()
    left[..., 4:12, 2:6] += 1.0
    right[..., 4:12, 10:14] -= 1.0
    return start, left, right


def test_later_denials_are_not_heard_where_anothers_thing_is() -> None:
    start, left, right = predictions()
    composition = Composition()
    composition.guided(start, [left, right], [4.0, 4.0])
    seen = torch.maximum(left.abs(), right.abs()) * torch.where(left.abs() > right.abs(), left, right).sign()
    denied = [left - seen * (right != start), right - seen * (left != start)]
    composed = composition.guided(start, denied, [1.0, 1.0])
    for there, by in ((left != start, left), (right != start, right)):
        assert (composed - by)[there].abs().mean() < 0.1
        assert (Composition(sums=True).guided(start, denied, [1.0, 1.0]) - by)[there].abs().mean() > 0.5


@pytest.mark.parametrize("scales", [(4.0, -2.0), (4.0, 1e-4), (0.0, 4.0)])
def test_one_that_counts_and_what_is_kept_out_are_added_up(scales: tuple[float, float]) -> None:
    start, left, right = predictions()
    summed = start + scales[0] * (left - start) + scales[1] * (right - start)
    assert torch.allclose(Composition().guided(start, [left, right], scales), summed, atol=1e-3)


def test_equal_parts_add_up_and_their_order_does_not_matter() -> None:
    start, left, right = predictions()
    twice = Composition().guided(start, [left, left], [2.0, 1.0])
    assert torch.allclose(twice, start + 3 * (left - start), atol=1e-5)
    one, other = (Composition().guided(start, each, [2.0, 2.0]) for each in ([left, right], [right, left]))
    assert torch.allclose(one, other, atol=1e-5)


def test_a_request_may_ask_for_sums(checkpoints: CheckpointStore) -> None:
    both = "red AND blue"
    assert (
        difference(*(render_alone(checkpoints, plain(prompt=both, sums_parts=s)) for s in (True, False))) > 3
    )


@pytest.mark.slow
def test_two_things_come_out_whole(tmp_path: Path) -> None:
    asked = {
        "a red heart on the left in the snow AND a green tree on the right in the snow": ("heart", "tree"),
        "a yellow square on the left AND a blue house on the right": ("square", "house"),
    }
    requests = [of_pocket(prompt, seed, steps=10) for prompt in asked for seed in range(3)]
    pocket = CheckpointStore(tmp_path, "cpu")
    pictures = [pixels(picture).astype(np.uint8) for picture in render_together(pocket, requests)]
    wanted = [kinds for kinds in asked.values() for _ in range(3)]
    seen = [sight.things for sight in load_judge().look(np.stack(pictures))]
    whole = [
        [things.get(place, ("",))[0] for place in ("left", "right")] == list(kinds)
        for things, kinds in zip(seen, wanted, strict=True)
    ]
    assert sum(whole) >= 5
