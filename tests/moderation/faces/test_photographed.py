"""dlib's encoder on a photograph that is known, and on what shows nobody."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from moderation import manifest
from moderation.faces.photographed import PhotographedFaces
from moderation.manifest import Altered, Manifest

HOPPER = Path(__file__).parents[1] / "portrait.jpg"
"""Grace Hopper, photographed for the U.S. Navy in 1984 (public domain), 180 x 180 pixels."""


@pytest.fixture(scope="module")
def faces() -> PhotographedFaces:
    return PhotographedFaces.load()


def test_a_face_is_found_and_is_the_same_larger_turned_and_mirrored(faces: PhotographedFaces) -> None:
    portrait = Image.open(HOPPER)
    (face,) = faces.find(portrait)
    left, top, right, bottom = face.box
    assert (20 < left < 60, 20 < top < 60, 120 < right < 170, 120 < bottom < 170) == (True,) * 4
    assert face.descriptor.shape == (faces.dimensions,)
    for other in (
        portrait.resize((700, 700)),
        portrait.rotate(12, Image.Resampling.BICUBIC),
        portrait.transpose(Image.Transpose.FLIP_LEFT_RIGHT),
    ):
        (again,) = faces.find(other)
        assert np.linalg.norm(face.descriptor - again.descriptor) < faces.same_within


def test_where_nobody_is_nobody_is_found(faces: PhotographedFaces) -> None:
    assert faces.find(Image.new("RGBA", (3, 200), "green")) == ()


def test_altered_weights_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    checksums = dict.fromkeys(manifest.shipped().checksums, "0" * 64)
    monkeypatch.setattr(manifest, "_trusted", [Manifest(checksums)])
    with pytest.raises(Altered, match=r"face_landmarks\.dat is not as the manifest says"):
        PhotographedFaces.load()
