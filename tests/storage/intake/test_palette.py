"""Numbers of colours, and tables that are too short for them."""

from __future__ import annotations

import numpy as np
from PIL import Image

from storage.intake.palette import through_palette

NUMBERS = Image.fromarray(np.array([[0, 1, 2]], np.uint8))


def test_numbers_beyond_the_table_are_black_and_opaque() -> None:
    seen = through_palette(NUMBERS, bytes((255, 0, 0, 0, 255, 0)), bytes((0, 128)))
    assert np.asarray(seen.colours).tolist() == [[[255, 0, 0], [0, 255, 0], [0, 0, 0]]]
    assert seen.alpha is not None
    assert np.asarray(seen.alpha).tolist() == [[0, 128, 255]]


def test_half_an_entry_is_none() -> None:
    seen = through_palette(NUMBERS, bytes((1, 2, 3, 4, 5)), b"")
    assert np.asarray(seen.colours).tolist() == [[[1, 2, 3], [0, 0, 0], [0, 0, 0]]]
    assert seen.alpha is None
