"""Noise and its variations."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from gpuworker.checkpoints.store import CheckpointStore
from gpuworker.engine.noise import Patch, draw, slerp
from storage.noise import Noise, Variation
from storage.samplers import Sampler
from tests.gpuworker.engine.support import pixels, plain, render_alone

SHAPE = (1, 4, 16, 16)


def varied(strength: float) -> Noise:
    return Noise(seed=1, variations=(Variation(seed=2, strength=strength),))


def test_a_seed_draws_what_the_stock_pipeline_draws() -> None:
    latents, generator = draw(Noise(seed=5), SHAPE)
    stock = torch.Generator().manual_seed(5)
    assert torch.equal(latents, torch.randn(SHAPE, generator=stock))
    assert torch.equal(torch.randn(4, generator=generator), torch.randn(4, generator=stock))


def test_a_variation_leaves_the_generator_alone() -> None:
    _, plain_generator = draw(Noise(seed=1), SHAPE)
    _, generator = draw(varied(0.5), SHAPE)
    assert torch.equal(torch.randn(4, generator=generator), torch.randn(4, generator=plain_generator))


@pytest.mark.parametrize("strength", [0.05, 0.3, 0.5, 0.8, 1.0])
def test_a_variation_is_still_standard_noise(strength: float) -> None:
    latents, _ = draw(varied(strength), (1, 4, 64, 64))
    assert float(latents.std()) == pytest.approx(1, abs=0.02)


def test_full_strength_replaces_the_noise() -> None:
    assert torch.allclose(draw(varied(1.0), SHAPE)[0], draw(Noise(seed=2), SHAPE)[0], atol=1e-5)


def test_equal_noises_are_turned_nowhere() -> None:
    latents, _ = draw(Noise(seed=1), SHAPE)
    assert torch.allclose(slerp(latents, latents.clone(), 0.4), latents)


@pytest.mark.parametrize("sampler", [Sampler.EULER, Sampler.EULER_A])
def test_stronger_variations_move_the_picture_further(checkpoints: CheckpointStore, sampler: Sampler) -> None:
    start = pixels(render_alone(checkpoints, plain(seed=1, sampler=sampler)))
    moves = [
        np.abs(
            pixels(render_alone(checkpoints, plain(noise=varied(strength), sampler=sampler))) - start
        ).mean()
        for strength in (0.05, 0.15, 0.4, 0.7, 1.0)
    ]
    assert moves == sorted(moves)
    assert moves[0] > 0


def test_frozen_noise_lies_middle_on_middle_in_every_size() -> None:
    first, _ = draw(Noise(seed=3), (1, 4, 16, 16))
    frozen = Noise(seed=3, frozen=(128, 128))
    assert torch.equal(draw(frozen, (1, 4, 16, 16))[0], first)
    assert torch.equal(draw(frozen, (1, 4, 12, 16))[0], first[:, :, 2:14])
    wider, _ = draw(frozen, (1, 4, 16, 24))
    assert torch.equal(wider[..., 4:20], first)
    assert float(wider.std()) == pytest.approx(1, abs=0.05)
    assert not torch.equal(draw(Noise(seed=3), (1, 4, 16, 24))[0][..., 4:20], first), "a seed alone does not"
    assert torch.equal(
        draw(frozen, (1, 4, 64, 64), pixels_per_latent=4)[0][..., 16:48, 16:48][..., :4, :4],
        draw(Noise(seed=3), (1, 4, 32, 32))[0][..., :4, :4],
    )


def test_frozen_variations_stay_what_they_were() -> None:
    first, _ = draw(varied(0.3), SHAPE)
    frozen = varied(0.3).model_copy(update={"frozen": (128, 128)})
    assert torch.equal(draw(frozen, (1, 4, 16, 20))[0][..., 2:18], first)


@pytest.mark.parametrize("pixels_per_latent", [4, 8])
def test_patches_of_a_plane_have_the_same_noise_where_they_overlap(pixels_per_latent: int) -> None:
    shape = (1, 4, 20, 30)
    one, _ = draw(Patch(5, left=8 * 60, top=8 * 3), shape, pixels_per_latent)
    other, _ = draw(Patch(5, left=8 * 66, top=8 * 5), shape, pixels_per_latent)
    x, y = 48 // pixels_per_latent, 16 // pixels_per_latent
    assert one.shape == shape
    assert (one[..., y:, x:] == other[..., : 20 - y, : 30 - x]).all()
    elsewhere, _ = draw(Patch(6, left=8 * 60, top=8 * 3), shape, pixels_per_latent)
    assert abs(torch.corrcoef(torch.stack([one.flatten(), elsewhere.flatten()]))[0, 1]) < 0.1


def test_the_plane_is_normal_and_nowhere_the_same() -> None:
    plane, _ = draw(Patch(5, 0, 0), (1, 4, 192, 192))
    assert abs(plane.mean()) < 0.01
    assert abs(plane.std() - 1) < 0.01
    blocks = plane.unfold(2, 64, 64).unfold(3, 64, 64).permute(2, 3, 0, 1, 4, 5).reshape(9, -1)
    assert (torch.corrcoef(blocks) - torch.eye(9)).abs().max() < 0.05
