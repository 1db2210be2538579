"""Outlines of shapes whose areas and perimeters everybody knows."""

import math

import numpy as np
import pytest
from PIL import Image, ImageDraw

from pocket.measures.outlines import (
    Pixels,
    Region,
    area,
    centre,
    filled,
    isoperimetric_quotient,
    nearness,
    perimeter,
    radii,
    regions,
)

_RED = (220, 30, 35)
_FINE = 8


def _painted(*polygons: list[tuple[float, float]], holes: tuple[tuple[int, ...], ...] = ()) -> Pixels:
    """Red polygons on blue, of 96 pixels, with soft edges."""
    sheet = Image.new("RGB", (96 * _FINE, 96 * _FINE), (35, 75, 225))
    draw = ImageDraw.Draw(sheet)
    for polygon in polygons:
        draw.polygon([(x * _FINE, y * _FINE) for x, y in polygon], fill=_RED)
    for box in holes:
        draw.rectangle([side * _FINE for side in box], fill=(35, 75, 225))
    return np.asarray(sheet.reduce(_FINE))


def _regular(corners: int, radius: float, x: float = 48, y: float = 48) -> list[tuple[float, float]]:
    turns = [2 * math.pi * i / corners for i in range(corners)]
    return [(x + radius * math.cos(turn), y + radius * math.sin(turn)) for turn in turns]


def _region(pixels: Pixels) -> Region:
    (region,) = regions(nearness(pixels, _RED), 20)
    return region


@pytest.mark.parametrize(("corners", "off"), [(4, 0.05), (6, 0.025), (8, 0.015), (90, 0.015)])
@pytest.mark.parametrize("radius", [15, 30])
def test_quotient_tells_discs_from_polygons(corners: int, off: float, radius: float) -> None:
    true = math.pi / (corners * math.tan(math.pi / corners))
    region = _region(_painted(_regular(corners, radius)))
    assert isoperimetric_quotient(region) == pytest.approx(true, abs=off)


def test_area_and_perimeter_are_those_of_the_shape() -> None:
    region = _region(_painted([(20, 20), (70, 20), (70, 50), (20, 50)]))
    # The colour ends within the soft edge: a third of a pixel inside, on each side.
    assert area(region) == pytest.approx(50 * 30, rel=0.04)
    assert perimeter(region) == pytest.approx(160, rel=0.03)
    assert centre(region) == pytest.approx((44.5, 34.5), abs=0.3)


def test_regions_are_connected_and_the_largest_comes_first() -> None:
    pixels = _painted(_regular(40, 8, 20, 20), _regular(40, 15, 65, 60))
    first, second = regions(nearness(pixels, _RED), 20)
    assert centre(first) == pytest.approx((64.5, 59.5), abs=0.5)
    assert first.area == pytest.approx(math.pi * 15**2, rel=0.08)
    assert second.area == pytest.approx(math.pi * 8**2, rel=0.12)
    assert len(regions(nearness(pixels, _RED), 400)) == 1
    assert regions(nearness(pixels, (250, 250, 250)), 1) == []


def test_another_region_beside_it_leaves_an_outline_alone() -> None:
    alone = _region(_painted(_regular(60, 12, 30, 48)))
    pixels = _painted(_regular(60, 12, 30, 48), _regular(60, 10, 54, 48))
    beside = regions(nearness(pixels, _RED), 20)[0]
    assert isoperimetric_quotient(beside) == pytest.approx(isoperimetric_quotient(alone), abs=0.02)


def test_filling_closes_holes_and_nothing_else() -> None:
    square = [(20.0, 20.0), (70.0, 20.0), (70.0, 70.0), (20.0, 70.0)]
    whole = _region(_painted(square))
    holed = _region(_painted(square, holes=((40, 40, 50, 50),)))
    assert holed.area < whole.area - 80
    assert filled(holed).area == whole.area
    assert perimeter(filled(holed)) == pytest.approx(perimeter(whole))


def test_radii_reach_the_outline_all_around() -> None:
    found = radii(_region(_painted(_regular(90, 25))))
    assert found.min() > 23.5
    assert found.max() < 26
