"""A checkpoint that fills masks begins as the one that it is made of, and learns to heed the mask."""

from __future__ import annotations

from pathlib import Path
from random import Random

import torch

from gpuworker.checkpoints.store import CheckpointStore
from pocket import CHECKPOINT
from pocket.checkpoint.denoiser import new_scheduler
from pocket.checkpoint.export import export, load_parts
from pocket.checkpoint.filling import filling_unet, random_mask, train_filling
from pocket.checkpoint.prompts import OneTower
from pocket.loop import Budget
from pocket.world.drawing import draw
from pocket.world.scene import Scene, Thing


def test_masks_are_of_all_sorts_and_cover_what_is_drawn() -> None:
    drawing = draw(Scene("snow", (Thing("square", "red", "left", "medium"),)), 1)
    masks = [random_mask(drawing, Random(seed)) for seed in range(40)]
    shares = sorted(mask.mean() for mask in masks)
    assert 0 < shares[0] < 0.2
    assert shares[-1] == 1
    thing = drawing.annotations[0].mask
    assert 10 < sum(bool(mask[thing].all()) and mask.mean() < 0.3 for mask in masks) < 40


def test_it_begins_as_it_was_and_training_writes_one_that_the_engine_knows(tmp_path: Path) -> None:
    parts = load_parts(CHECKPOINT)
    lots = torch.Generator().manual_seed(1)
    noisy, canvas = torch.randn(1, 4, 32, 32, generator=lots), torch.randn(1, 5, 32, 32, generator=lots)
    told = torch.randn(1, 77, 128, generator=lots)
    with torch.no_grad():
        before = parts.unet(noisy, 500, told).sample
        after = filling_unet(parts.unet)(torch.cat([noisy, canvas], dim=1), 500, told).sample
    assert torch.allclose(before, after, atol=1e-4)

    unet = train_filling(parts, tmp_path, Budget(60, 1), "cpu", batch=2)
    assert unet.conv_in.weight[:, 4:].abs().max() > 0
    prompts = OneTower(parts.towers, parts.tokenizers)
    export(tmp_path / "some" / "filling", parts.vae, prompts, unet, new_scheduler(), parts.preview)
    assert CheckpointStore(tmp_path / "some", "cpu").get("filling").model.fills_masks
