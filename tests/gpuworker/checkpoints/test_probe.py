"""What a denoiser predicts can be measured."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
import torch
from diffusers import DDIMScheduler
from torch import Tensor

from gpuworker.checkpoints.probe import measured_prediction
from gpuworker.checkpoints.store import CheckpointStore
from gpuworker.families.model import Rows


class OfNoise:
    """A model of velocity that answers with the noise that its answer stands for."""

    def __init__(self, model: Any, schedule: Mapping[str, Any]) -> None:
        self._model = model
        self._signal_shares = DDIMScheduler.from_config(schedule).alphas_cumprod

    def __getattr__(self, name: str) -> Any:
        return getattr(self._model, name)

    def denoise(self, latents: Tensor, timesteps: Tensor, *conditioning: Tensor) -> Tensor:
        velocity: Tensor = self._model.denoise(latents, timesteps, *conditioning)
        share = self._signal_shares[timesteps.long()].view(-1, 1, 1, 1)
        noise: Tensor = share.sqrt() * velocity + (1 - share).sqrt() * latents
        return noise


@pytest.mark.parametrize("name", ["pocket", "pocket-2", "pocket-xl"])
def test_velocity_and_noise_are_told_apart(checkpoints: CheckpointStore, name: str) -> None:
    pocket = checkpoints.get(name)
    schedule = {**pocket.scheduler_config, "prediction_type": "sample"}
    assert measured_prediction(pocket.model, "unet", schedule) == "v_prediction"
    of_noise: Any = OfNoise(pocket.model, schedule)
    assert measured_prediction(of_noise, "unet", schedule) == "epsilon"


def test_of_random_weights_nothing_is_said(checkpoints: CheckpointStore) -> None:
    tiny = checkpoints.get("tiny")
    assert measured_prediction(tiny.model, "unet", tiny.scheduler_config) is None


def test_not_a_number_says_nothing() -> None:
    class Broken(OfNoise):
        latent_channels, pixels_per_latent = 4, 8

        @property
        def networks(self) -> dict[str, Any]:
            return {"unet": torch.zeros(1)}

        def encode_prompt(self, text: object) -> Rows:
            return ()

        def added_conditioning(self, *_: object) -> Rows:
            return ()

        def denoise(self, latents: Tensor, timesteps: Tensor, *conditioning: Tensor) -> Tensor:
            return latents * torch.nan

    broken: Any = Broken(None, {})
    assert measured_prediction(broken, "unet", {}) is None
