"""Round circles, stars by their tips, and houses with and without what makes them houses."""

import math
from random import Random

import numpy as np
import pytest
from PIL import Image, ImageDraw

from pocket.measures.outlines import Pixels
from pocket.measures.shapes import house_parts, roundness, stands_out, tips
from pocket.world.backgrounds import paint_background
from pocket.world.drawing import draw
from pocket.world.scene import COLOURS, PLACES, SIZES, Scene, Thing


def _drawn(kind: str, colour: str = "red", background: str = "meadow", size: str = "big") -> Pixels:
    return draw(Scene(background, (Thing(kind, colour, "centre", size),)), 3).pixels


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("place", PLACES)
def test_drawn_circles_are_round_and_nothing_else_is(size: str, place: str) -> None:
    for seed, colour in enumerate(("red", "yellow", "white")):
        scene = Scene("night", (Thing("circle", colour, place, size),))
        assert roundness(draw(scene, seed).pixels, colour) > 0.94
    for kind in ("square", "triangle", "star", "heart"):
        assert roundness(_drawn(kind, size=size), "red") < 0.85


def test_where_there_is_nothing_nothing_is_round() -> None:
    assert roundness(_drawn("circle", "blue"), "red") == 0
    assert tips(_drawn("star", "blue"), "red") == 0
    assert house_parts(_drawn("house", "blue"), "red") == (False, False)


def _star(points: int, inner: float = 0.42, short: int | None = None) -> Pixels:
    sheet = Image.new("RGB", (512, 512), (12, 14, 45))
    corners = []
    for i in range(2 * points):
        radius = 120 * (inner if i % 2 else 1.0)
        if i == short:
            radius = 120 * inner
        turn = math.pi * i / points
        corners.append((256 + radius * math.sin(turn), 256 - radius * math.cos(turn)))
    ImageDraw.Draw(sheet).polygon(corners, fill=COLOURS["yellow"])
    return np.asarray(sheet.reduce(4))


@pytest.mark.parametrize("points", [4, 5, 6, 7])
def test_tips_of_a_star_are_counted(points: int) -> None:
    assert tips(_star(points), "yellow") == points


def test_a_star_that_lacks_a_tip_has_four() -> None:
    assert tips(_star(5, short=4), "yellow") == 4


@pytest.mark.parametrize(("kind", "count"), [("circle", 0), ("triangle", 3), ("square", 4)])
def test_other_kinds_have_the_tips_of_their_corners(kind: str, count: int) -> None:
    assert tips(_drawn(kind), "red") == count


@pytest.mark.parametrize("size", ["medium", "big"])
@pytest.mark.parametrize("background", ["sea", "desert", "night"])
def test_drawn_houses_have_a_door_and_a_roof(background: str, size: str) -> None:
    for colour in ("red", "green", "pink"):
        assert house_parts(_drawn("house", colour, background, size), colour) == (True, True)


def test_a_house_is_missed_its_door_or_roof_where_they_were_painted_over() -> None:
    house = _drawn("house")
    wall = COLOURS["red"]
    rows, columns = np.nonzero((house == wall).all(2))
    top, bottom, left, right = rows.min(), rows.max(), columns.min(), columns.max()
    doorless = house.copy()
    doorless[top : bottom + 1, left : right + 1] = wall
    assert house_parts(doorless, "red") == (False, True)
    roofless = house.copy()
    roofless[: top - 1] = house[0, 0]
    assert house_parts(roofless, "red") == (True, False)


@pytest.mark.slow
def test_what_stands_out_is_found_nowhere_in_the_background() -> None:
    assert stands_out("sea", "red")
    assert not stands_out("snow", "white")
    for seed in range(20, 40):
        for background in ("sea", "meadow", "city"):
            sheet = np.asarray(paint_background(background, (128, 128), Random(seed)).convert("RGB"))
            for colour in COLOURS:
                if stands_out(background, colour):
                    assert roundness(sheet, colour) == 0
