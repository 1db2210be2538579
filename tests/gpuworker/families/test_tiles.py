"""An autoencoder in tiles makes what it makes of the whole picture, and no border of a tile is seen."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from gpuworker.checkpoints.load import load
from gpuworker.families.model import Model
from gpuworker.families.tiles import LEAST_TILE, cuts
from tests.gpuworker.tiny import write_sd1

SIZE = 448, 256
TILE = 48


@pytest.fixture(scope="module")
def model() -> Model:
    return load("pocket", Path("nowhere"), torch.device("cpu")).model


@pytest.fixture(scope="module")
def picture() -> Tensor:
    """One half light and one dark, so that no tile's brightness is that of the whole: (1, 3, 256, 448)."""
    wide = Image.new("RGB", SIZE, (250, 240, 200))
    wide.paste((10, 20, 80), (0, 0, SIZE[0] // 2, SIZE[1]))
    grid = Image.open(Path(__file__).parents[3] / "pocket" / "grid.png").convert("RGB")
    wide.paste(grid.crop((0, 0, 256, 192)), (96, 32))
    return torch.from_numpy(np.array(wide)).permute(2, 0, 1)[None] / 127.5 - 1


def decibels(a: Tensor, b: Tensor, peak: float) -> float:
    return float(10 * torch.log10(peak**2 / (a - b).square().mean()))


def steps_across(pixels: Tensor, columns: list[int]) -> float:
    """The energy of the gradient from each of these columns to the next."""
    values: NDArray[np.float32] = pixels.numpy()
    return float(np.mean([np.square(values[..., at + 1] - values[..., at]).mean() for at in columns]))


@pytest.mark.parametrize("length", [5, LEAST_TILE, LEAST_TILE + 1, 100, 256])
@pytest.mark.parametrize("per_cell", [1, 8])
def test_shares_of_tiles_add_up_to_one(length: int, per_cell: int) -> None:
    total = torch.zeros(length * per_cell)
    for cut in cuts(length, LEAST_TILE):
        share = cut.share(per_cell)
        assert share.min() >= 0
        total[cut.of(per_cell)] += share
    assert torch.allclose(total, torch.ones_like(total))


@torch.inference_mode()
def test_decoding_in_tiles_shows_neither_seams_nor_stains(model: Model, picture: Tensor) -> None:
    latents = model.encode(picture)
    whole, tiled = model.decode(latents), model.decode(latents, TILE)
    assert tiled.shape == whole.shape
    assert decibels(tiled, whole, 2) > 45
    assert (tiled - whole).abs().max() < 2 * 8 / 255, "a stain, as tiles normalised alone leave it"
    side = model.pixels_per_latent
    borders = [at * side - 1 for cut in cuts(latents.shape[-1], TILE) for at in (cut.start, cut.end) if at]
    borders = [at for at in borders if at < whole.shape[-1] - 1]
    assert len(borders) >= 4
    assert steps_across(tiled, borders) == pytest.approx(steps_across(whole, borders), rel=0.05)


@torch.inference_mode()
def test_encoding_in_tiles_finds_the_same_latents(model: Model, picture: Tensor) -> None:
    whole, tiled = model.encode(picture), model.encode(picture, TILE)
    assert decibels(tiled, whole, float(whole.max() - whole.min())) > 40


@torch.inference_mode()
def test_pictures_in_tiles_do_not_see_each_other(model: Model, picture: Tensor) -> None:
    latents = model.encode(picture)[..., :64, :64]
    both = model.decode(torch.cat([latents, -latents]), TILE)
    assert torch.allclose(both[:1], model.decode(latents, TILE), atol=1e-4)


@torch.inference_mode()
def test_attention_in_the_middle_sees_all_of_the_picture(tmp_path: Path) -> None:
    """As published autoencoders have it, and pocket's has not."""
    write_sd1(tmp_path / "tiny")
    tiny = load("tiny", tmp_path, torch.device("cpu")).model
    latents = torch.randn(1, 4, 40, 72, generator=torch.Generator().manual_seed(0))
    whole, tiled = tiny.decode(latents), tiny.decode(latents, 32)
    assert decibels(tiled, whole, float(whole.max() - whole.min())) > 40
