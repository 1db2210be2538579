"""Pictures that start from pictures, and those of which a part is kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from gpuworker.checkpoints.store import CheckpointStore
from gpuworker.engine.engine import Engine
from gpuworker.engine.request import Start, StepDone
from pocket.world.drawing import draw
from pocket.world.scene import Scene, Thing
from storage.samplers import Sampler
from tests.gpuworker.engine.support import (
    difference,
    drain,
    plain,
    render_alone,
    render_stock,
    render_together,
)

PATCH = (24, 16, 48, 40)
"""Left, top, right and bottom of what is masked, on the borders of latents."""


def a_picture(side: int = 64) -> Image.Image:
    """Smooth colours, each corner another one."""
    corners = Image.new("RGB", (2, 2), "red")
    corners.putpixel((1, 0), (255, 255, 0))
    corners.putpixel((0, 1), (0, 0, 255))
    return corners.resize((side, side), Image.Resampling.BILINEAR)


def a_mask(side: int = 64) -> Image.Image:
    mask = Image.new("L", (side, side))
    mask.paste(255, PATCH)
    return mask


def started(strength: float, masked: bool = False, **changes: Any) -> Any:
    start = Start(a_picture(), strength, a_mask() if masked else None)
    return plain(**{"start": start, "steps": 8, "guidance_scale": 3.0, **changes})


@pytest.mark.parametrize("masked", [False, True], ids=["whole", "masked"])
@pytest.mark.parametrize(("checkpoint", "strength"), [("tiny", 0.4), ("tiny-v", 1.0)])
def test_every_sampler_draws_what_the_stock_pipelines_draw(
    checkpoints: CheckpointStore, checkpoint: str, strength: float, masked: bool
) -> None:
    mix = [
        started(strength, masked, checkpoint=checkpoint, sampler=sampler, seed=i, steps=4 + i)
        for i, sampler in enumerate(Sampler)
    ]
    for request, picture in zip(mix, render_together(checkpoints, mix), strict=True):
        assert difference(picture, render_stock(checkpoints.get(checkpoint), request)) <= 1, request.sampler


@pytest.mark.slow
def test_pocket_draws_what_the_stock_pipelines_draw(tmp_path: Path) -> None:
    checkpoints = CheckpointStore(tmp_path, "cpu")
    boat = Image.fromarray(draw(Scene("sea", (Thing("boat", "red", "centre", "big"),)), 1).pixels)
    mask = Image.new("L", boat.size)
    mask.paste(255, (32, 24, 104, 96))
    mix = [
        plain(
            checkpoint="pocket",
            prompt="a blue boat in the middle over the sea",
            width=128,
            height=128,
            sampler=sampler,
            seed=i,
            steps=6,
            start=Start(boat, 0.75, mask if i % 2 else None),
        )
        for i, sampler in enumerate(Sampler)
    ]
    for request, picture in zip(mix, render_together(checkpoints, mix), strict=True):
        assert difference(picture, render_stock(checkpoints.get("pocket"), request)) <= 1, request.sampler


def test_only_the_share_of_the_steps_is_made_and_at_least_one(checkpoints: CheckpointStore) -> None:
    for strength, steps in ((0.01, 1), (0.25, 2), (0.6, 4), (1.0, 8)):
        seen: list[StepDone] = []
        render_alone(checkpoints, started(strength, on_step=seen.append))
        assert [(done.step, done.steps) for done in seen] == [(i + 1, steps) for i in range(steps)]


@pytest.mark.parametrize("sampler", Sampler)
def test_what_is_kept_is_what_the_autoencoder_makes_of_the_picture(
    checkpoints: CheckpointStore, sampler: Sampler
) -> None:
    engine = Engine(checkpoints)
    engine.submit(started(0.8, masked=True, sampler=sampler))
    engine.step()
    (group,) = engine._scheduler._groups.values()
    (render,) = group.renders
    while not render.done:
        engine.step()
    origin = render._origin
    assert origin is not None
    kept = np.ones((8, 8), bool)
    kept[2:5, 3:6] = False
    same = (render.latents == origin.latents).all(dim=1)[0].numpy()
    assert (same == kept).all()
    drain(engine)


def test_a_masked_part_forgets_what_was_there_at_full_strength(checkpoints: CheckpointStore) -> None:
    """Where the mask is, another picture underneath makes no difference but through its surroundings."""
    under = a_picture()
    under.paste("lime", (32, 24, 40, 32))
    pictures = [
        render_alone(checkpoints, plain(steps=8, start=Start(picture, strength, a_mask())))
        for picture in (a_picture(), under)
        for strength in (1.0, 0.5)
    ]
    # tiny's encoder normalises over the whole picture, so the rest changes by a hair.
    assert difference(pictures[0], pictures[2]) < difference(pictures[1], pictures[3]) / 4


def test_a_start_joins_and_leaves_a_batch_unnoticed(checkpoints: CheckpointStore) -> None:
    mix = [
        plain(seed=1, steps=9),
        started(0.5, seed=2),
        started(0.9, masked=True, seed=3, sampler=Sampler.EULER_A),
        plain(seed=4, steps=3, sampler=Sampler.LCM),
        started(0.2, masked=True, seed=5, sampler=Sampler.UNIPC),
    ]
    engine = Engine(checkpoints)
    futures = []
    for request in mix:
        futures.append(engine.submit(request))
        engine.step()
    drain(engine)
    for request, future in zip(mix, futures, strict=True):
        assert difference(future.result(0), render_alone(checkpoints, request)) <= 1
