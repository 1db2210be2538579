"""Of a picture with somebody drawn wrong only the bad part is painted again, or the rest is kept."""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from gpuworker.stages.bench import Bench
from gpuworker.stages.imagine import imagine
from gpuworker.stages.rescue import bad_part
from moderation.bodies import Goof
from storage.events import Picture, Progress
from storage.noise import Noise
from storage.recipe import Recipe
from storage.recipe_file import read_recipe
from storage.starts import Mask
from tests.gpuworker.fake_farm import FakeDetector, FakeEngine, bench_of
from tests.gpuworker.stages.test_anatomy import STEP, figures_of, of_somebody, wanting


@pytest.fixture
def a_bench(tmp_path: Path, told: list[Progress]) -> Callable[..., Bench]:
    return partial(bench_of, tmp_path, engine=FakeEngine(), tell=told.append)


def opened(bench: Bench, picture: Picture) -> Image.Image:
    assert picture.blob is not None
    return Image.open(io.BytesIO(bench.blobs.get(picture.blob))).convert("RGB")


def test_only_the_bad_part_is_painted_again(a_bench: Callable[..., Bench]) -> None:
    bench = a_bench(figures=figures_of(7))
    job = wanting(of_somebody(), rescue="inpaint", noises=(Noise(seed=7),))
    (picture,) = imagine(job, bench)
    assert len(picture.discarded) == 1
    red = np.asarray(opened(bench, picture))[..., 0]
    assert red[120, 5] == 7, "the rest is as it was"
    assert red[50, 90] != 7
    recipe = picture.recipe
    assert isinstance(recipe, Recipe)
    assert isinstance(recipe.start, Mask)
    assert recipe.start.image == picture.discarded[0].blob
    assert bench.blobs.get(recipe.start.mask), "so that it can be made again"


def test_the_unaffected_part_is_kept(a_bench: Callable[..., Bench]) -> None:
    engine = FakeEngine()
    bench = a_bench(figures=figures_of(0), engine=engine)
    (picture,) = imagine(wanting(of_somebody(), rescue="crop", width=256), bench)
    assert isinstance(picture.recipe, Recipe)
    assert picture.recipe.crop == (101, 0, 256, 128)
    assert opened(bench, picture).size == (155, 128)
    assert len(engine.rendered) == 1
    assert picture.blob
    assert read_recipe(bench.blobs.get(picture.blob)) == picture.recipe


def test_where_too_little_is_left_it_is_made_again(a_bench: Callable[..., Bench]) -> None:
    bench = a_bench(figures=figures_of(0))
    job = wanting(of_somebody(), rescue="crop")
    (picture,) = imagine(job, bench)
    assert isinstance(picture.recipe, Recipe)
    assert picture.recipe.crop is None
    assert picture.recipe.noise.seed == STEP


def test_what_is_kept_is_looked_at_again(a_bench: Callable[..., Bench]) -> None:
    class NudeInSmallPictures(FakeDetector):
        def find(self, image: Image.Image, checkpoint: str):  # type: ignore[no-untyped-def]
            self.nude_seeds = (0,) if image.width < 256 else ()
            return super().find(image, checkpoint)

    bench = a_bench(figures=figures_of(0), detector=NudeInSmallPictures())
    (picture,) = imagine(wanting(of_somebody(), rescue="crop", width=256), bench)
    assert isinstance(picture.recipe, Recipe)
    assert picture.recipe.crop is None
    assert picture.recipe.noise.seed != 0, "another one is made instead"


def test_the_bad_part_is_that_of_the_severe_goofs() -> None:
    severe = Goof(part="arm", counted=3, expected=2, severe=True, boxes=((50, 50, 60, 60), (70, 40, 80, 60)))
    mild = Goof(part="face", counted=0, expected=1, boxes=((0, 0, 100, 100),))
    assert bad_part([mild, severe], (100, 100)) == (46, 36, 84, 64)
    assert bad_part([mild], (100, 100)) == (0, 0, 100, 100)
