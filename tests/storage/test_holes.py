from __future__ import annotations

import numpy as np
import pytest

from storage.holes import filled


def test_what_is_known_stays_to_the_bit() -> None:
    values = np.random.default_rng(0).random((9, 14, 3), np.float32)
    known = np.random.default_rng(1).random((9, 14)) < 0.5
    result = filled(values, known)
    assert result.shape == values.shape
    assert np.array_equal(result[known], values[known])
    assert np.array_equal(filled(values, np.ones_like(known)), values)


@pytest.mark.parametrize("size", [(1, 1), (1, 7), (5, 1), (16, 16), (33, 20)])
def test_one_colour_fills_every_hole(size: tuple[int, int]) -> None:
    colour = np.array([0.2, 0.5, 0.9], np.float32)
    values, known = np.zeros((*size, 3), np.float32), np.zeros(size, bool)
    known[0, 0] = True
    values[0, 0] = colour
    assert np.allclose(filled(values, known), colour, atol=1e-5)


def test_a_hole_between_two_colours_goes_smoothly_from_one_to_the_other() -> None:
    values, known = np.zeros((32, 32, 1), np.float32), np.zeros((32, 32), bool)
    known[:, :4] = known[:, -4:] = True
    values[:, -4:] = 1
    across = filled(values, known)[16, :, 0]
    assert (np.diff(across) >= -1e-5).all()
    assert np.diff(across).max() < 0.35
    assert across[4] < 0.3 < 0.7 < across[-5]


def test_where_nothing_is_known_all_is_zero() -> None:
    values = np.ones((6, 5, 3), np.float32)
    assert not filled(values, np.zeros((6, 5), bool)).any()
