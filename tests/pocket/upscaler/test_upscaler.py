"""The pocket upscaler on scenes it has never seen, and its training."""

from __future__ import annotations

from pathlib import Path
from random import Random

import numpy as np
import pytest
import torch
from PIL import Image

from gpuworker.models.upscaler import load_upscaler
from pocket.loop import Budget
from pocket.upscaler.evaluate import bicubic, evaluate, held_out_drawings, quality
from pocket.upscaler.pairs import draw_pairs, shrink, wear
from pocket.upscaler.train import UPSCALER, save_upscaler, train_upscaler
from pocket.world.drawing import draw
from pocket.world.scene import Scene, Thing

SCENE = Scene("meadow", (Thing("star", "red", "centre", "big"),))


@pytest.mark.slow
def test_it_beats_bicubic_without_ringing() -> None:
    found = evaluate(load_upscaler(UPSCALER), 9, seed=3)
    ours, theirs = found["upscaler"], found["bicubic"]
    assert found["gain_decibels"] >= 2
    assert theirs["sharpness"] < ours["sharpness"] < 1.1
    assert ours["overshoot"] < _overshoot_of_lanczos(9, seed=3)


def _overshoot_of_lanczos(count: int, seed: int) -> float:
    """What Lanczos' kernel, which sharpens hardly anything, rings on the same scenes."""
    drawn = held_out_drawings(count, seed)
    small = [Image.fromarray(shrink(pixels)) for pixels in drawn]
    size = (drawn[0].shape[1], drawn[0].shape[0])
    return quality(
        [np.asarray(image.resize(size, Image.Resampling.LANCZOS)) for image in small], drawn
    ).overshoot


def test_it_is_small() -> None:
    assert UPSCALER.stat().st_size <= 1_500_000


def test_the_measures_tell_blurred_and_ringing_pictures() -> None:
    drawn = held_out_drawings(1, seed=5)
    true, blurred = quality(drawn, drawn), quality([bicubic(shrink(drawn[0]))], drawn)
    assert (true.sharpness, true.overshoot) == (1, 0)
    assert blurred.sharpness < 0.8
    assert blurred.overshoot > 0


def test_pairs_show_the_same_place_at_both_sizes() -> None:
    small, large = draw_pairs(4)
    assert small.shape == (8, 3, 32, 32)
    assert large.shape == (8, 3, 128, 128)
    shrunk = torch.nn.functional.avg_pool2d(large, 4)
    # One crop off by a pixel would differ far more than wear does.
    assert (shrunk - small).abs().mean() < 0.02
    assert torch.equal(draw_pairs(4).small, small)


def test_wear_is_mild() -> None:
    drawing = draw(SCENE, 1, 512).pixels
    clean = shrink(drawing).astype(int)
    worn = [np.abs(wear(drawing, Random(i)) - clean).mean() for i in range(12)]
    assert min(worn) == 0
    assert 0 < max(worn) < 6


@pytest.mark.slow
def test_training_stops_and_goes_on(tmp_path: Path) -> None:
    """And leaves a file that the product loads."""
    torch.manual_seed(1)
    train_upscaler(tmp_path / "parts", Budget(60, 2), "cpu")
    kept = torch.load(tmp_path / "parts" / "upscaler.pt", weights_only=True)
    assert kept["number"] == 2
    upscaler = train_upscaler(tmp_path / "parts", Budget(60, 4), "cpu")
    assert not torch.equal(upscaler.state_dict()["body.0.weight"], kept["parts"]["upscaler"]["body.0.weight"])
    save_upscaler(upscaler, tmp_path / "x4.safetensors")
    loaded = load_upscaler(tmp_path / "x4.safetensors").network.model.state_dict()
    assert torch.allclose(loaded["body.0.weight"], upscaler.state_dict()["body.0.weight"], atol=1e-3)
