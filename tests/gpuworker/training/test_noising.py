"""Noise put into latents, and how far off a denoiser is."""

from __future__ import annotations

import pytest
import torch

from gpuworker.checkpoints.store import CheckpointStore
from gpuworker.training.noising import mistakes, moments, noised


@pytest.fixture(params=["tiny", "tiny-v"])
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_timesteps_are_spread_over_what_is_asked_for(checkpoints: CheckpointStore, name: str) -> None:
    checkpoint = checkpoints.get(name)
    timesteps = moments(checkpoint, 8, 0.5, torch.Generator().manual_seed(1))
    length = checkpoint.scheduler_config["num_train_timesteps"]
    parts = (timesteps / length - 0.5) / (0.5 / 8)
    assert parts.floor().tolist() == list(range(8))


def test_a_prediction_that_is_what_was_wanted_is_no_mistake(checkpoints: CheckpointStore, name: str) -> None:
    checkpoint = checkpoints.get(name)
    clean = torch.ones(2, checkpoint.model.latent_channels, 8, 8)
    given = noised(checkpoint, clean, torch.tensor([0, 900]), torch.Generator().manual_seed(1))
    with torch.no_grad():
        states = checkpoint.encode(((),))
        wrong = mistakes(checkpoint, states, given)
        predicted = checkpoint.model.denoise(
            given.latents,
            given.timesteps.float(),
            *(each.expand(2, *each.shape[1:]) for each in states),
            *(each.expand(2, *each.shape[1:]) for each in checkpoint.model.added_conditioning(64, 64, 1.0)),
        )
        right = mistakes(checkpoint, states, given._replace(wanted=predicted))
    assert wrong.shape == clean.shape
    assert float(wrong.mean()) > 0
    assert float(right.max()) < 1e-9


def test_late_timesteps_leave_little_of_the_picture(checkpoints: CheckpointStore, name: str) -> None:
    checkpoint = checkpoints.get(name)
    clean = torch.full((2, checkpoint.model.latent_channels, 8, 8), 5.0)
    given = noised(checkpoint, clean, torch.tensor([0, 999]), torch.Generator().manual_seed(1))
    early, late = given.latents.mean((1, 2, 3)).tolist()
    assert early == pytest.approx(5, abs=0.3)
    assert abs(late) < 2
