"""What rows are told is joined anew only when it is told to others."""

from __future__ import annotations

import torch

from gpuworker.engine.joined import JoinedConditioning
from gpuworker.families.model import Rows


def rows(number: float) -> Rows:
    return torch.full((1, 2, 3), number), torch.full((1, 4), number)


def test_rows_are_joined_in_their_order() -> None:
    first, second = rows(1), rows(2)
    (states, pooled) = JoinedConditioning().join({2: [second, first, second]})[2]
    assert states[:, 0, 0].tolist() == pooled[:, 0].tolist() == [2, 1, 2]
    assert states.shape == (3, 2, 3)


def test_the_same_rows_are_joined_once() -> None:
    joined, first, second = JoinedConditioning(), rows(1), rows(2)
    before = joined.join({2: [first, second]})[2]
    assert joined.join({2: [first, second]})[2] is before


def test_others_are_not_taken_for_them() -> None:
    joined, first, second = JoinedConditioning(), rows(1), rows(2)
    joined.join({2: [first, second]})
    for others in ([second, first], [first], [first, rows(2)]):
        assert joined.join({2: others})[2][0][:, 0, 0].tolist() == [
            float(each[0][0, 0, 0]) for each in others
        ]
    joined.join({2: [first, second]})
    joined.join({})
    assert joined.join({2: [first, rows(3)]})[2][1][:, 0].tolist() == [1, 3]
