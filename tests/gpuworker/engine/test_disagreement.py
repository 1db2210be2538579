"""Where two texts disagree about a picture."""

from __future__ import annotations

import torch

from gpuworker.engine.disagreement import Disagreement

SHARES = torch.linspace(0.999, 0.001, 1000)


def found(differences: torch.Tensor, scale: float = 1.0) -> torch.Tensor:
    disagreement = Disagreement(torch.zeros(1, 4, 16, 16), torch.randn(1, 4, 16, 16), SHARES)
    while not disagreement.is_found:
        disagreement.take(scale * differences)
    return disagreement.changing()[0, 0]


def in_the_middle() -> torch.Tensor:
    differences = torch.full((1, 4, 16, 16), 0.001)
    differences[..., 6:10, 6:10] = 0.5
    return differences


def test_it_looks_in_noise_of_several_levels_of_unit_variance() -> None:
    picture, noise = torch.randn(1, 4, 64, 64), torch.randn(1, 4, 64, 64)
    disagreement, timesteps = Disagreement(picture, noise, SHARES), []
    while not disagreement.is_found:
        latents, timestep = disagreement.model_input()
        assert abs(float(latents.std()) - 1) < 0.05
        timesteps.append(int(timestep))
        disagreement.take(torch.zeros_like(latents))
    assert timesteps == [400, 500, 600]


def test_what_differs_may_change_and_little_around_it() -> None:
    share = found(in_the_middle())
    assert (share[6:10, 6:10] == 1).all()
    assert share[0].max() == share[-1].max() == share[:, 0].max() == 0
    assert share.mean() < 0.3


def test_it_does_not_matter_how_large_differences_are_but_where() -> None:
    assert torch.allclose(found(in_the_middle()), found(in_the_middle(), scale=0.1))


def test_where_texts_agree_nothing_changes() -> None:
    assert found(torch.zeros(1, 4, 16, 16)).max() == 0
