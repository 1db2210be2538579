"""Wider UNets do about what narrower ones did, and learn with all their channels."""

import pytest
import torch
from diffusers import UNet2DConditionModel

from pocket import WEIGHTS
from pocket.checkpoint.editions import EDITIONS
from pocket.checkpoint.widening import widen


def _small(*channels: int, linear: bool = False) -> UNet2DConditionModel:
    torch.manual_seed(1)
    return UNet2DConditionModel(
        sample_size=16,
        block_out_channels=channels,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        layers_per_block=1,
        cross_attention_dim=24,
        attention_head_dim=4,
        norm_num_groups=4,
        use_linear_projection=linear,
    )


def _said(unet: UNet2DConditionModel, timestep: int) -> torch.Tensor:
    lots = torch.Generator().manual_seed(timestep)
    noisy, words = torch.randn(2, 4, 16, 16, generator=lots), torch.randn(2, 7, 24, generator=lots)
    with torch.no_grad():
        said: torch.Tensor = unet(noisy, timestep, encoder_hidden_states=words).sample
    return said


@pytest.mark.parametrize("linear", [False, True])
@pytest.mark.parametrize("timestep", [10, 500, 999])
def test_twice_the_channels_at_the_top_say_nearly_the_same(linear: bool, timestep: int) -> None:
    parent, child = _small(16, 48), _small(32, 48, linear=linear)
    widen(child, parent)
    before, after = _said(parent, timestep), _said(child, timestep)
    assert (before - after).square().mean() < 0.05 * before.square().mean()


def test_the_same_channels_say_the_same() -> None:
    parent, child = _small(16, 48), _small(16, 48)
    torch.nn.init.zeros_(child.conv_in.weight)
    widen(child, parent)
    assert torch.allclose(_said(parent, 300), _said(child, 300), atol=1e-5)


def test_a_shipped_checkpoint_is_begun_with_as_it_is() -> None:
    shipped = UNet2DConditionModel.from_pretrained(WEIGHTS / "pocket" / "unet")
    child = EDITIONS["pocket"].new_unet()
    widen(child, shipped)
    lots = torch.Generator().manual_seed(3)
    noisy, words = torch.randn(2, 4, 32, 32, generator=lots), torch.randn(2, 77, 128, generator=lots)
    with torch.no_grad():
        before, after = (unet(noisy, 400, encoder_hidden_states=words).sample for unet in (shipped, child))
    assert (before - after).square().mean() < 0.05 * before.square().mean()


def test_copies_learn_apart() -> None:
    child = _small(32, 48)
    widen(child, _small(16, 48))
    lots = torch.Generator().manual_seed(4)
    noisy, words = torch.randn(2, 4, 16, 16, generator=lots), torch.randn(2, 7, 24, generator=lots)
    child(noisy, 300, encoder_hidden_states=words).sample.square().mean().backward()
    first, copy = child.conv_in.weight.grad[:2]
    assert not torch.allclose(first, copy, rtol=0.02)


def test_more_than_twice_the_channels_at_the_top_are_refused() -> None:
    with pytest.raises(ValueError, match="twice its channels: 32, not 48"):
        widen(_small(48, 48), _small(16, 48))
