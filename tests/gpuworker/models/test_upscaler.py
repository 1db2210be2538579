"""Enlarging pictures with super-resolution models, and files that are none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from safetensors.torch import save_file
from spandrel.architectures.Compact import Compact
from spandrel.architectures.ESRGAN import ESRGAN

from gpuworker.models.upscaler import Upscaler, load_upscaler
from pocket.upscaler.train import UPSCALER


@pytest.fixture(scope="module")
def upscaler() -> Upscaler:
    return load_upscaler(UPSCALER)


def noise(height: int, width: int) -> NDArray[np.uint8]:
    """Random pixels, on which every seam would show."""
    return np.random.default_rng(1).integers(0, 256, (height, width, 3), np.uint8)


@pytest.mark.parametrize(("height", "width"), [(150, 90), (64, 131), (20, 200)])
def test_tiles_leave_no_seam(upscaler: Upscaler, height: int, width: int) -> None:
    pixels = noise(height, width)
    tiled, whole = upscaler.upscale(pixels, tile=64), upscaler.upscale(pixels)
    assert tiled.shape == whole.shape == (4 * height, 4 * width, 3)
    assert np.abs(tiled.astype(int) - whole).max() <= 1


def test_no_more_than_a_tile_is_in_the_network_at_once(
    upscaler: Upscaler, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes = []
    forward = upscaler.network.model.forward

    def watched(small: torch.Tensor) -> torch.Tensor:
        sizes.append(tuple(small.shape[-2:]))
        enlarged: torch.Tensor = forward(small)
        return enlarged

    monkeypatch.setattr(upscaler.network.model, "forward", watched)
    upscaler.upscale(noise(100, 230), tile=64)
    assert set(sizes) == {(64, 64)}


def test_tiles_too_small_to_overlap_are_refused(upscaler: Upscaler) -> None:
    with pytest.raises(ValueError, match="64"):
        upscaler.upscale(noise(100, 100), tile=48)


def test_flat_colour_stays_as_it_is(upscaler: Upscaler) -> None:
    """Red is not mistaken for blue, nor 0 to 255 for another range."""
    pixels = np.full((40, 40, 3), (220, 30, 35), np.uint8)
    middle = upscaler.upscale(pixels)[60:100, 60:100].reshape(-1, 3).mean(0)
    assert np.abs(middle - (220, 30, 35)).max() < 4


def test_the_architecture_of_realesrgan_x4plus_loads(tmp_path: Path) -> None:
    """With one block of its 23, from a .pth as they publish it: weights by name, under `params_ema`."""
    network = ESRGAN(num_filters=16, num_blocks=1, plus=False)
    torch.save({"params_ema": network.state_dict()}, tmp_path / "small.pth")
    upscaler = load_upscaler(tmp_path / "small.pth")
    assert upscaler.scale == 4
    assert upscaler.upscale(noise(24, 32)).shape == (96, 128, 3)


def test_a_model_of_another_scale_loads(tmp_path: Path) -> None:
    save_file(Compact(num_feat=8, num_conv=1, upscale=2).state_dict(), tmp_path / "twice.safetensors")
    upscaler = load_upscaler(tmp_path / "twice.safetensors")
    assert upscaler.scale == 2
    assert upscaler.upscale(noise(70, 80), tile=64).shape == (140, 160, 3)
