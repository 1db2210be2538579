"""What is decoded, taken apart and mended."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from storage.intake.decoded import Decoded, repeat_rows, split


@pytest.mark.parametrize(("alpha", "nothing"), [(0, True), (127, True), (128, False), (255, False)])
def test_half_transparent_counts_as_transparent(alpha: int, nothing: bool) -> None:
    image = Image.new("RGBA", (4, 4), (1, 2, 3, alpha))
    assert split(image).shows_nothing is nothing
    assert not Decoded(image.convert("RGB")).shows_nothing


@pytest.mark.parametrize(("mode", "read"), [("L", "L"), ("CMYK", "CMYK"), ("1", "L"), ("I;16", "RGB")])
def test_colours_stay_in_a_mode_that_is_read(mode: str, read: str) -> None:
    seen = split(Image.new(mode, (4, 4)))
    assert (seen.colours.mode, seen.alpha) == (read, None)


def test_lost_rows_are_the_nearest_known_ones() -> None:
    rows = Image.fromarray(np.arange(5, dtype=np.uint8).reshape(5, 1))
    assert np.asarray(repeat_rows(rows, range(1, 3))).ravel().tolist() == [1, 1, 2, 2, 2]
