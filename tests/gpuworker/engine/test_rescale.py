"""Guidance is kept from spreading predictions wider than they would be without it."""

from __future__ import annotations

from dataclasses import replace

import torch

from gpuworker.checkpoints.store import CheckpointStore, Loaded
from gpuworker.engine.conditioning import Conditioning
from gpuworker.engine.rescale import rescaled
from tests.gpuworker.engine.support import difference, plain, render_alone


def test_it_has_the_spread_of_the_prompts_prediction_as_far_as_is_asked() -> None:
    torch.manual_seed(0)
    prompted, without = torch.randn(2, 1, 4, 8, 8)
    conditioning = Conditioning(((),), (7.0,), ())
    guided = without + 7 * (prompted - without)
    whole = rescaled(guided, without, conditioning, 1.0)
    assert torch.allclose(whole.std(), prompted.std())
    assert torch.allclose(whole / whole.std(), guided / guided.std())
    assert torch.allclose(rescaled(guided, without, conditioning, 0.5), (guided + whole) / 2, atol=1e-5)


def test_several_branches_count_by_their_mean() -> None:
    torch.manual_seed(0)
    one, other, without = torch.randn(3, 1, 4, 8, 8)
    guided = without + 3 * (one - without) + 6 * (other - without)
    conditioning = Conditioning(((), ()), (3.0, 6.0), ())
    expected = (one / 3 + 2 * other / 3).std()
    assert torch.allclose(rescaled(guided, without, conditioning, 1.0).std(), expected)


def test_of_a_model_without_any_signal_it_is_in_the_picture(checkpoints: CheckpointStore) -> None:
    asked = plain(checkpoint="tiny-v", guidance_scale=10.0)
    usual = render_alone(checkpoints, asked)
    checkpoint = checkpoints.get("tiny-v")
    other = CheckpointStore(checkpoints.folder, "cpu")
    other._loaded["tiny-v"] = Loaded(replace(checkpoint, guidance_rescale=0.7))
    assert difference(usual, render_alone(other, asked)) > 3
    unguided = plain(checkpoint="tiny-v", guidance_scale=1.0)
    assert difference(render_alone(checkpoints, unguided), render_alone(other, unguided)) == 0
