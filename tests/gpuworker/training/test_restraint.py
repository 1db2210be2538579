"""How far a word goes from what it began with."""

from __future__ import annotations

import pytest
import torch

from gpuworker.training.restraint import Vectors, between, restrained

FIRST: Vectors = (torch.tensor([[2.0, 0.0]]),)
LEARNED: Vectors = (torch.tensor([[0.0, 2.0]]),)


def angle_of(vectors: Vectors) -> float:
    return float(torch.atan2(vectors[0][0, 1], vectors[0][0, 0]).rad2deg())


def test_what_lies_between_two_words_is_as_long_as_they_are() -> None:
    halfway = between(FIRST, LEARNED, 0.5)
    assert angle_of(halfway) == pytest.approx(45, abs=0.01)
    assert float(halfway[0].norm()) == pytest.approx(2)
    assert torch.allclose(between(FIRST, LEARNED, 1.0)[0], LEARNED[0], atol=1e-6)
    assert torch.allclose(between(FIRST, FIRST, 0.5)[0], FIRST[0], atol=1e-3)


class Pictures:
    """Four pictures drawn with vectors, of which so many are recognised up to an angle, and fewer beyond."""

    def __init__(self, farthest: float, near: int) -> None:
        self.farthest, self.near = farthest, near
        self.asked: list[float] = []

    def recognised(self, vectors: Vectors) -> int:
        self.asked.append(angle_of(vectors))
        return self.near if angle_of(vectors) <= self.farthest + 0.1 else 2

    def restrained(self) -> Vectors:
        return restrained(FIRST, LEARNED, self.recognised, 4)


@pytest.mark.parametrize("near", [3, 4])
@pytest.mark.parametrize(("farthest", "wanted"), [(90, 90), (60, 45), (30, 22.5), (10, 0)])
def test_a_word_goes_as_far_as_it_is_recognised(farthest: float, wanted: float, near: int) -> None:
    assert angle_of(Pictures(farthest, near).restrained()) == pytest.approx(wanted, abs=0.1)


def test_what_is_never_recognised_may_go_all_the_way() -> None:
    assert angle_of(restrained(FIRST, LEARNED, lambda vectors: 0, 4)) == pytest.approx(90, abs=0.1)


@pytest.mark.parametrize(
    ("farthest", "near", "asked"),
    [(90, 4, [90]), (90, 3, [90, 0]), (30, 4, [90, 0, 45, 22.5]), (10, 4, [90, 0, 45, 22.5])],
)
def test_no_more_is_drawn_than_says_how_far(farthest: float, near: int, asked: list[float]) -> None:
    pictures = Pictures(farthest, near)
    pictures.restrained()
    assert pictures.asked == pytest.approx(asked, abs=0.1)
