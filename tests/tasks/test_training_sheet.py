"""The sheet that shows what became of a training."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from tasks.training_sheet import loss_curve, training_sheet


@pytest.mark.parametrize(("examples", "drawn"), [(3, 4), (5, 4), (10, 4), (10, 0)])
def test_all_pictures_are_on_the_sheet(examples: int, drawn: int) -> None:
    learned = [Image.new("RGB", (90, 60), "teal")] * examples
    made = [Image.new("RGB", (64, 64), "magenta")] * drawn
    pixels = np.asarray(training_sheet(learned, made, (3.0, 2.0, 1.0)))
    for colour, count in (((0, 128, 128), examples), ((255, 0, 255), drawn)):
        seen = (pixels == colour).all(2).sum()
        assert (seen > 0) == (count > 0)
        if count:
            assert 60**2 < seen / count < 200**2


def test_a_curve_falls_with_the_losses() -> None:
    pixels = np.asarray(loss_curve((4.0, 2.0, 1.0), (100, 50))).astype(int)
    red = pixels[..., 0] - pixels[..., 2] > 60
    heights = [np.flatnonzero(red[:, column]).mean() for column in (2, 50, 97)]
    assert heights == sorted(heights)
    assert loss_curve((), (100, 50)).size == (100, 50)
    assert loss_curve((1.0, 1.0), (100, 50)).size == (100, 50)
