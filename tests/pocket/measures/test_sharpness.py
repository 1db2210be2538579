"""Sharpness against the drawing itself, and against a softened one."""

import numpy as np
import pytest
from PIL import Image, ImageFilter

from pocket.measures.outlines import Pixels
from pocket.measures.sharpness import sharpness
from pocket.world.drawing import draw
from pocket.world.scene import Scene, Thing


@pytest.fixture(scope="module")
def drawings() -> list[Pixels]:
    scenes = [Scene(where, (Thing("star", "red", "centre", "big"),)) for where in ("sea", "night", "meadow")]
    return [draw(scene, seed).pixels for seed, scene in enumerate(scenes)]


def test_a_picture_is_as_sharp_as_itself(drawings: list[Pixels]) -> None:
    assert sharpness(drawings, drawings) == 1


def test_the_softer_the_less(drawings: list[Pixels]) -> None:
    found = []
    for radius in (0.5, 1.0, 2.0):
        softened = [Image.fromarray(each).filter(ImageFilter.GaussianBlur(radius)) for each in drawings]
        found.append(sharpness([np.asarray(each) for each in softened], drawings))
    assert found[0] > found[1] > found[2]
    assert found[0] < 0.95
    assert found[2] < 0.5
