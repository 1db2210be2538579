"""Somebody's face in a photograph is seen however that is turned, stretched or shrunk."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PIL import Image

from moderation.any_face import shows_face
from tests.moderation.faces.test_photographed import HOPPER

CHANGES: dict[str, Callable[[Image.Image], Image.Image]] = {
    "as it is": lambda face: face,
    "lying": lambda face: face.transpose(Image.Transpose.ROTATE_90),
    "upside down": lambda face: face.transpose(Image.Transpose.ROTATE_180),
    "tilted": lambda face: face.rotate(45, expand=True),
    "twice as wide": lambda face: face.resize((2 * face.width, face.height)),
    "three times as high": lambda face: face.resize((face.width, 3 * face.height)),
    "stretched and lying": lambda face: face.resize((2 * face.width, face.height)).transpose(
        Image.Transpose.ROTATE_270
    ),
    "tiny": lambda face: face.resize((45, 45)),
    "turned in a large picture": lambda face: in_a_large_picture(face.transpose(Image.Transpose.ROTATE_90)),
    "grey": lambda face: face.convert("L"),
}


def in_a_large_picture(face: Image.Image) -> Image.Image:
    scene = Image.new("RGB", (1200, 900), (90, 120, 90))
    scene.paste(face, (300, 300))
    return scene


@pytest.mark.parametrize("change", CHANGES)
def test_a_face_is_seen(change: str) -> None:
    with Image.open(HOPPER) as face:
        assert shows_face(CHANGES[change](face.convert("RGB")))


def test_where_there_is_none_none_is_seen() -> None:
    assert not shows_face(Image.radial_gradient("L").resize((300, 40)))
