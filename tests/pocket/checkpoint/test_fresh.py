"""Scenes drawn while a denoiser learns: new ones in each batch, as they are drawn, in several shapes."""

from random import Random

import numpy as np
import pytest
import torch
from diffusers import AutoencoderKL

from pocket import CHECKPOINT
from pocket.checkpoint.fresh import FreshScenes, shape_by_lot
from pocket.corpus import CELLS, MAP_NAMES
from pocket.world.scene import COLOURS


@pytest.fixture(scope="module")
def vae() -> AutoencoderKL:
    loaded: AutoencoderKL = AutoencoderKL.from_pretrained(CHECKPOINT / "vae")
    return loaded.requires_grad_(False)


def test_batches_hold_what_is_said_of_them(vae: AutoencoderKL) -> None:
    scenes = FreshScenes(vae, 128, seed=1, fresh=2, first=4)
    shapes = set()
    for number in range(12):
        chosen, latents, maps, twins, twin_latents = scenes.batch(4, Random(number))
        count, _, rows, columns = latents.shape
        assert twin_latents.shape == latents.shape
        shapes.add((rows, columns))
        assert len(chosen) == count == len(maps)
        assert count * rows * columns <= 4.5 * 32 * 32
        assert maps.shape[2:] == (rows // 2, columns // 2)
        assert not any(scene.held_out for scene in [*chosen, *twins])
        assert all(scene != other for scene, other in zip(chosen, twins, strict=True))
        for scene, map_ in zip(chosen, maps, strict=True):
            shown = {name for name, cells in zip(MAP_NAMES, map_, strict=True) if cells.max() > 0}
            assert {thing.kind for thing in scene.things} <= shown
            assert ("torso" in shown) == bool(scene.figures)
    assert (32, 32) in shapes
    assert len(shapes) > 1


@pytest.mark.slow
def test_latents_decode_to_the_scene(vae: AutoencoderKL) -> None:
    chosen, latents, maps, *_ = FreshScenes(vae, 128, seed=2, fresh=2, first=48).batch(48, Random(1))
    assert latents.std().item() == pytest.approx(1, abs=0.35)
    with torch.no_grad():
        pictures = vae.decode(latents / vae.config.scaling_factor).sample
    small = torch.nn.functional.adaptive_avg_pool2d(pictures, CELLS) / 2 + 0.5
    checked = 0
    for scene, map_, picture in zip(chosen, maps, small, strict=True):
        for thing in scene.things:
            inside = map_[MAP_NAMES.index(thing.kind)] == 1
            if thing.kind in ("circle", "square", "heart") and inside.any():
                expected = torch.tensor(COLOURS[thing.colour]) / 255
                assert torch.allclose(picture[:, inside].mean(1), expected, atol=0.1)
                checked += 1
    assert checked >= 3


def test_every_batch_has_scenes_that_no_batch_had_before(vae: AutoencoderKL) -> None:
    scenes = FreshScenes(vae, 128, seed=3, fresh=2, first=4)
    before: set[bytes] = set()
    for number in range(6):
        latents = scenes.batch(4, Random(number)).latents
        now = {each.numpy().tobytes() for each in latents}
        assert len(now - before) >= 2
        before |= now


def test_most_pictures_are_square_and_all_can_be_halved() -> None:
    rng = Random(4)
    for side in (128, 192):
        shapes = [shape_by_lot(side, rng) for _ in range(2000)]
        assert 0.65 < np.mean([across == down for across, down in shapes]) < 0.75
        assert all(min(shape) == side and max(shape) <= 1.75 * side for shape in shapes)
        assert all(length % 32 == 0 for shape in shapes for length in shape)
        wide = np.mean([across > down for across, down in shapes])
        assert wide == pytest.approx(0.15, abs=0.03)
