"""What a detector's numbers mean, with numbers that are made up; real weights are in test_pictures.py."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from moderation.onnx_yolo import OnnxYolo

SIDE = 100


class Session:
    """Answers whatever it is asked with the same boxes, and remembers what it was shown."""

    def __init__(self, *rows: tuple[float, ...]) -> None:
        self.rows = rows
        self.shown: NDArray[np.float32]

    def run(self, _: None, inputs: dict[str, NDArray[np.float32]]) -> list[NDArray[np.float32]]:
        self.shown = inputs["images"]
        return [np.array([self.rows], np.float32).reshape(1, -1, 6).transpose(0, 2, 1)]


def found(
    *rows: tuple[float, ...], size: tuple[int, int] = (SIDE, SIDE)
) -> list[tuple[str, float, tuple[int, ...]]]:
    """Find in a picture of that size what the rows say: centre x and y, width, height, and two scores."""
    session: Any = Session(*rows)
    findings = OnnxYolo(session, ("CAT", "DOG"), SIDE).find(Image.new("RGB", size))
    return [(finding.label, round(finding.score, 3), finding.box) for finding in findings]


def test_a_box_is_given_by_its_corners() -> None:
    assert found((50, 40, 20, 10, 0.9, 0.1)) == [("CAT", 0.9, (40, 35, 60, 45))]


@pytest.mark.parametrize("size", [(400, 200), (200, 400)])
def test_boxes_are_in_the_picture_s_own_pixels(size: tuple[int, int]) -> None:
    assert found((25, 20, 10, 20, 0.9, 0), size=size) == [("CAT", 0.9, (80, 40, 120, 120))]


def test_a_box_ends_where_the_picture_does() -> None:
    assert found((98, 5, 20, 20, 0, 0.5)) == [("DOG", 0.5, (88, 0, 100, 15))]


def test_what_is_hardly_seen_is_not_told() -> None:
    assert found((50, 50, 10, 10, 0.19, 0.1)) == []


def test_the_surest_comes_first_and_hides_others_of_its_label_that_overlap_it() -> None:
    rows = ((50, 50, 20, 20, 0.5, 0.3), (51, 50, 20, 20, 0.9, 0), (80, 50, 20, 20, 0.6, 0))
    assert [(label, score) for label, score, _ in found(*rows)] == [("CAT", 0.9), ("CAT", 0.6), ("DOG", 0.3)]


def test_a_picture_is_shown_in_its_proportions_between_0_and_1_with_black_beside_it() -> None:
    session: Any = Session((0, 0, 0, 0, 0, 0))
    picture = Image.new("RGB", (200, 50), (255, 0, 51))
    OnnxYolo(session, ("CAT", "DOG"), SIDE).find(picture)
    assert session.shown.shape == (1, 3, SIDE, SIDE)
    assert np.allclose(session.shown[0, :, :25].transpose(1, 2, 0), (1, 0, 0.2))
    assert not session.shown[0, :, 25:].any()
