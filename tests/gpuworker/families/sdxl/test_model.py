"""What the UNet of XL takes: two towers' states, the pooled state of the second, and the picture's size."""

from __future__ import annotations

import pytest
import torch

from gpuworker.checkpoints.store import CheckpointStore
from gpuworker.families.sdxl.model import StableDiffusionXL
from tests.gpuworker.engine.support import weighted
from tests.gpuworker.tiny import WIDTH, WIDTH_2, write_sdxl


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> CheckpointStore:
    folder = tmp_path_factory.mktemp("xl")
    write_sdxl(folder / "zero")
    write_sdxl(folder / "empty", empty_is_zero=False)
    return CheckpointStore(folder, "cpu")


@pytest.fixture(scope="module")
def model(store: CheckpointStore) -> StableDiffusionXL:
    model = store.get("zero").model
    assert isinstance(model, StableDiffusionXL)
    return model


@torch.inference_mode()
def test_each_part_of_the_conditioning_shows(model: StableDiffusionXL) -> None:
    """Else a mixed-up row could go unseen."""
    latents, time = torch.randn(1, 4, 8, 8), torch.tensor([500.0])
    states, pooled = model.encode_prompt(weighted("a red house"))
    assert states.shape == (1, 77, WIDTH + WIDTH_2)
    assert pooled.shape == (1, WIDTH_2)
    (sizes,) = model.added_conditioning(64, 64, 1.0)
    plainly = model.denoise(latents, time, states, pooled, sizes)
    changed = [(states + 1, pooled, sizes), (states, pooled + 1, sizes), (states, pooled, sizes + 64)]
    for conditioning in changed:
        assert (model.denoise(latents, time, *conditioning) - plainly).abs().max() > 0.01


def test_the_size_is_told_as_of_a_picture_that_was_not_cropped(model: StableDiffusionXL) -> None:
    (sizes,) = model.added_conditioning(96, 64, 7.0)
    assert sizes.tolist() == [[64, 96, 0, 0, 64, 96]], "height comes first"


@torch.inference_mode()
def test_the_pooled_state_is_of_the_first_chunk(model: StableDiffusionXL) -> None:
    states, pooled = model.encode_prompt(weighted("a red house BREAK a boat"))
    assert states.shape == (1, 2 * 77, WIDTH + WIDTH_2)
    assert torch.allclose(pooled, model.encode_prompt(weighted("a red house"))[1], atol=1e-5)


@torch.inference_mode()
def test_an_empty_prompt_is_zero_where_the_configuration_says_so(store: CheckpointStore) -> None:
    assert not any(rows.any() for rows in store.get("zero").encode_prompt(weighted("")))
    assert all(rows.any() for rows in store.get("zero").encode_prompt(weighted("blurry")))
    assert all(rows.any() for rows in store.get("empty").encode_prompt(weighted("")))
