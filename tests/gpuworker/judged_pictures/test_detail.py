"""What detail does to pictures, on the pocket checkpoint: at the borders of tiles, and everywhere else."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import pairwise
from random import Random
from typing import NamedTuple
from unittest.mock import patch

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from gpuworker.checkpoints.store import CheckpointStore
from gpuworker.engine.engine import Engine
from gpuworker.models.lazy import lazy_figures, lazy_upscaler
from gpuworker.models.words import Words
from gpuworker.stages import tiles as tiles_module
from gpuworker.stages.bench import Bench
from gpuworker.stages.detail import anchored
from gpuworker.stages.tiles import Mosaic, Tiling
from gpuworker.stages.upscale import upscale
from moderation.pictures import load_detector
from pocket.checkpoint.evaluate import decibels, held_out_figures, held_out_scenes
from pocket.world.captions import caption
from pocket.world.drawing import draw
from pocket.world.scene import Scene
from storage.jobs import Job, Upscale
from storage.settings import Settings
from tasks.detail import with_detail
from tests.gpuworker.engine.support import difference
from tests.gpuworker.fake_farm import bench_of

pytestmark = pytest.mark.slow

SCENES = [*held_out_scenes(2, 1, 5), *held_out_scenes(2, 2, 6)]
PEOPLE = held_out_figures(3, 5)


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    home = tmp_path_factory.mktemp("home")
    checkpoints, settings = CheckpointStore(home, "cpu"), Settings(home=home)
    with Engine(checkpoints) as engine:
        yield bench_of(
            home,
            engine=engine,
            checkpoints=checkpoints,
            detector=load_detector(),
            upscaler=lazy_upscaler(settings, "cpu"),
            words=Words(settings, "cpu"),
            figures=lazy_figures(settings, "cpu"),
        )


def soft(scene: Scene, seed: int) -> Image.Image:
    """A drawing out of focus: an upscaler that knows no more than its pixels leaves it so."""
    return Image.fromarray(draw(scene, seed).pixels).filter(ImageFilter.GaussianBlur(1))


def a_job(scene: Scene, number: int, seed: int | None, bench: Bench) -> Job:
    """Twice as large, with detail of a seed or without."""
    file = io.BytesIO()
    soft(scene, number).save(file, "PNG")
    task = Upscale(image=bench.blobs.put(file.getvalue()), factor=2, prompt=caption(scene, Random(1), True))
    task = task if seed is None else with_detail(task, None, 128, seed)
    return Job(checkpoint="pocket", reply_to="nobody", task=task)


def made(jobs: Sequence[Job], bench: Bench) -> list[Image.Image]:
    """All at once, as seats do them."""
    with ThreadPoolExecutor(len(jobs)) as seats:
        pictures = [picture for (picture,) in seats.map(partial(upscale, bench=bench), jobs)]
    return [Image.open(io.BytesIO(bench.blobs.get(picture.blob or ""))) for picture in pictures]


class Tiled(NamedTuple):
    """A picture of tiles, these as they were rendered, and the picture before."""

    tiling: Tiling
    tiles: Mapping[tuple[int, int], Image.Image]
    whole: Image.Image
    before: Image.Image


@pytest.fixture(scope="module")
def tiled(bench: Bench) -> list[Tiled]:
    """The scenes with detail, each done while the others are."""
    plain = made([a_job(scene, number, None, bench) for number, scene in enumerate(SCENES)], bench)
    laid: dict[Mosaic, dict[tuple[int, int], Image.Image]] = {}
    lay = Mosaic.lay

    def watched(mosaic: Mosaic, box: tuple[int, int, int, int], tile: Image.Image) -> None:
        laid.setdefault(mosaic, {})[box[:2]] = tile
        lay(mosaic, box, tile)

    with patch.object(Mosaic, "lay", watched):
        pictures = made([a_job(scene, number, number, bench) for number, scene in enumerate(SCENES)], bench)
    found = []
    for number, (picture, before) in enumerate(zip(pictures, plain, strict=True)):
        whole = np.asarray(picture).astype(int)
        tiles = min(laid, key=lambda mosaic: np.abs(np.asarray(mosaic.picture()) - whole).mean())
        tiling = Tiling.over(picture.size, 128, Random(number))
        found.append(Tiled(tiling, laid[tiles], picture, before))
    return found


def energy(pixels: NDArray[np.uint8]) -> float:
    """Squared differences of neighbours in a row."""
    return float(np.square(np.diff(pixels.astype(float), axis=1)).sum())


def at_borders(pictures: Sequence[Tiled]) -> float:
    """Gradient energy across the middle of what neighbours share, to that of both where they go on there."""
    of_whole = of_tiles = 0.0
    for tiling, rendered, picture, before in pictures:
        whole = np.asarray(picture)
        tiles = {
            (x, y): np.asarray(anchored(tile, before.crop((x, y, x + 128, y + 128)), 128))
            for (x, y), tile in rendered.items()
        }
        turned = Tiling(tiling.side, tiling.size[::-1], tiling.tops, tiling.lefts)
        upright = {(top, left): tile.swapaxes(0, 1) for (left, top), tile in tiles.items()}
        for plan, parts, seen in ((tiling, tiles, whole), (turned, upright, whole.swapaxes(0, 1))):
            for top in plan.tops:
                for left, right in pairwise(plan.lefts):
                    middle = (left + right + plan.side) // 2
                    box = (left, top, left + plan.side, top + plan.side)
                    alone = plan.share(box)[..., 0].max(1) == 1
                    of_whole += energy(seen[top : top + plan.side][alone, middle - 2 : middle + 2])
                    of_tiles += sum(
                        energy(parts[x, top][alone, middle - 2 - x : middle + 2 - x]) / 2
                        for x in (left, right)
                    )
    return of_whole / of_tiles


def test_no_seam_is_seen(tiled: list[Tiled], monkeypatch: pytest.MonkeyPatch) -> None:
    blended = at_borders(tiled)
    monkeypatch.setattr(tiles_module, "_RAMP", 0)
    hard = []
    for tiling, tiles, _, before in tiled:
        mosaic = Mosaic(tiling)
        for box in tiling.boxes:
            mosaic.lay(box, tiles[box[:2]])
        hard.append(Tiled(tiling, tiles, anchored(mosaic.picture(), before, 128), before))
    cut = at_borders(hard)
    print(
        f"gradient energy at borders, to that of the tiles: {blended:.3f}; of tiles that are cut: {cut:.3f}"
    )
    # Lines that lie a little apart in two tiles are softer where those are blended.
    assert 0.9 < blended < 1.05 < cut


def sharpness(picture: Image.Image) -> float:
    """The energy of the Laplacian."""
    grey = np.asarray(picture).astype(float).mean(2)
    return float(np.square(np.diff(grey, 2, 1)[1:-1] + np.diff(grey, 2, 0)[:, 1:-1]).mean())


def test_there_is_more_detail_in_the_same_picture(tiled: list[Tiled]) -> None:
    sharper, alike = [], []
    for number, each in enumerate(tiled):
        original = soft(SCENES[number], number)
        small = each.whole.resize(original.size, Image.Resampling.BOX)
        sharper.append(sharpness(each.whole) / sharpness(each.before))
        alike.append(decibels(np.asarray(small), np.asarray(original)))
    print(f"Laplacian, to the upscaler's: {np.round(sharper, 2)}; PSNR, made small: {np.round(alike, 1)}")
    assert min(sharper) > 1.1
    assert min(alike) > 30


def test_the_same_job_gives_the_same_picture_whoever_shares_the_batch(
    tiled: list[Tiled], bench: Bench
) -> None:
    (again,) = made([a_job(SCENES[0], 0, 0, bench)], bench)
    assert difference(again, tiled[0].whole) <= 1


def test_faces_stay_as_clear_as_they_were(bench: Bench) -> None:
    people = list(enumerate(PEOPLE))
    jobs = [a_job(scene, number, seed, bench) for seed in (None, 1) for number, scene in people]
    found = bench.figures.get().find(made(jobs, bench), 0.02, 0.5)
    sure = [max(each.score for each in those if each.label == "face") for those in found]
    before, after = np.mean(sure[: len(people)]), np.mean(sure[len(people) :])
    print(f"confidence in faces: {before:.3f} -> {after:.3f}")
    assert after > before - 0.01
