from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from bot.grid import BACKGROUND, GAP, as_file, compose
from storage.noise import Noise
from storage.recipe import AnyRecipe, Recipe, parameters_text
from storage.recipe_file import RecipeError, read_recipe, read_recipes
from tests.conftest import a_job, imagined

RECIPES: list[AnyRecipe] = [
    Recipe(
        **imagined(a_job()).model_dump(exclude={"kind", "noises", "best"}),
        checkpoint="pocket",
        checkpoint_hash="ab",
        noise=Noise(seed=seed),
    )
    for seed in range(5, 9)
]
COLOURS = [(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 0)]


def pictures(count: int, size: tuple[int, int] = (64, 48)) -> list[Image.Image]:
    return [Image.new("RGB", size, colour) for colour in COLOURS[:count]]


def png(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


@pytest.mark.parametrize(("count", "size"), [(1, (64, 48)), (2, (132, 48)), (3, (132, 100)), (4, (132, 100))])
def test_pictures_stand_in_reading_order(count: int, size: tuple[int, int]) -> None:
    grid = compose(pictures(count))
    assert grid.size == size
    for index in range(count):
        centre = (32 + index % 2 * (64 + GAP), 24 + index // 2 * (48 + GAP))
        assert grid.getpixel(centre) == COLOURS[index]
    if count > 1:
        assert grid.getpixel((64, 0)) == BACKGROUND


def test_a_single_picture_stays_the_file_it_was() -> None:
    data = png(pictures(1)[0])
    assert as_file([data], RECIPES[:1], limit=10**6) == (data, "png")


def test_a_grid_carries_the_recipes_of_all_its_pictures_and_one_text_for_others() -> None:
    data, ending = as_file([png(picture) for picture in pictures(4)], RECIPES, limit=10**6)
    assert ending == "png"
    assert read_recipes(data) == tuple(RECIPES)
    with pytest.raises(RecipeError, match="a grid of 4 pictures"):
        read_recipe(data)
    text = Image.open(io.BytesIO(data)).info["parameters"]
    assert text == parameters_text(RECIPES[0])
    assert text.count("Steps:") == 1


def test_a_grid_that_is_too_large_becomes_a_jpeg_that_still_shows_it() -> None:
    noisy = np.random.default_rng(0).integers(0, 256, (128, 128, 3), dtype=np.uint8)
    files = [png(Image.fromarray(noisy))] * 4
    limit = sum(map(len, files)) // 2
    data, ending = as_file(files, RECIPES, limit)
    assert ending == "jpg"
    assert len(data) <= limit
    picture = Image.open(io.BytesIO(data))
    assert picture.size == (256 + GAP, 256 + GAP)
    assert picture.info["comment"] == parameters_text(RECIPES[0]).encode()


def test_what_is_too_large_at_any_quality_is_made_smaller() -> None:
    noisy = np.random.default_rng(0).integers(0, 256, (512, 512, 3), dtype=np.uint8)
    data, ending = as_file([png(Image.fromarray(noisy))] * 4, RECIPES, limit=100_000)
    assert ending == "jpg"
    assert len(data) <= 100_000
    assert Image.open(io.BytesIO(data)).size == (514, 514)
