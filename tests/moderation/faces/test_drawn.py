"""The encoder of drawn faces, on drawings of anybody."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from moderation.faces.drawn import DrawnFaces
from moderation.faces.encoder import Face
from pocket.world.drawing import draw
from pocket.world.known import KNOWN
from pocket.world.scene import Figure, Scene


@pytest.fixture(scope="module")
def faces() -> DrawnFaces:
    return DrawnFaces.load()


def portrait(who: str, seed: int, size: tuple[int, int] = (128, 128)) -> Image.Image:
    scene = Scene("meadow", (), (Figure(who, "blue", "waving", "centre", "big"),), portrait=True)
    return Image.fromarray(draw(scene, seed, size).pixels)


@pytest.mark.parametrize("size", [(128, 128), (256, 256), (192, 128)], ids=str)
def test_the_face_of_a_portrait_is_found_where_it_is(faces: DrawnFaces, size: tuple[int, int]) -> None:
    scene = Scene("meadow", (), (Figure("woman", "red", "standing", "centre", "big"),), portrait=True)
    drawing = draw(scene, 3, size)
    (face,) = faces.find(Image.fromarray(drawing.pixels))
    (box,) = (part.box for part in drawing.figures[0].parts if part.name == "face")
    assert np.abs(np.array(face.box) - box).max() <= 0.08 * max(size)


def test_everybody_in_a_picture_is_found(faces: DrawnFaces) -> None:
    figures = tuple(Figure("man", "red", "standing", place, "medium") for place in ("left", "right"))
    found = faces.find(Image.fromarray(draw(Scene("snow", (), figures), 4).pixels))
    assert len(found) == 2


def test_where_nobody_is_nobody_is_found(faces: DrawnFaces) -> None:
    assert faces.find(Image.new("L", (700, 20), "grey")) == ()


def test_a_face_is_nearer_to_itself_than_to_others(faces: DrawnFaces) -> None:
    def face(who: str, seed: int) -> Face:
        return faces.find(portrait(who, seed))[0]

    for who in ("mira fandango", "bodo quastenberg", "wumba quibbel"):
        first, again = face(who, 1), face(who, 2)
        assert np.linalg.norm(first.descriptor - again.descriptor) < faces.same_within
        for other in ("man", "woman", *(each for each in KNOWN if each.split()[0] in ("tizzy", "fips"))):
            assert np.linalg.norm(first.descriptor - face(other, 3).descriptor) > faces.same_within
