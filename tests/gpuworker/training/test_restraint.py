"""How far a word goes from what it began with."""

from __future__ import annotations

import pytest
import torch

from gpuworker.training.restraint import Shown, Vectors, between, restrained

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
    """Pictures that are recognised up to an angle, and most like their subject at the angle `most`."""

    def __init__(self, farthest: float, most: float) -> None:
        self.farthest, self.most = farthest, most
        self.asked: list[float] = []

    def shown(self, vectors: Vectors) -> Shown:
        angle = angle_of(vectors)
        self.asked.append(angle)
        return Shown(3 if angle <= self.farthest + 0.1 else 2, 1 - abs(angle - self.most) / 180)

    def restrained(self) -> float:
        return angle_of(restrained(FIRST, LEARNED, self.shown))


@pytest.mark.parametrize(("farthest", "wanted"), [(90, 90), (60, 45), (30, 22.5), (10, 0)])
def test_a_word_goes_as_far_as_it_is_recognised(farthest: float, wanted: float) -> None:
    assert Pictures(farthest, most=90).restrained() == pytest.approx(wanted, abs=0.1)


@pytest.mark.parametrize(("most", "wanted"), [(90, 90), (50, 45), (20, 22.5), (0, 0)])
def test_a_word_goes_no_farther_than_it_is_like_its_subject(most: float, wanted: float) -> None:
    assert Pictures(90, most).restrained() == pytest.approx(wanted, abs=0.1)


def test_what_is_never_recognised_goes_as_far_as_it_is_like_its_subject() -> None:
    assert Pictures(-1, most=90).restrained() == pytest.approx(90, abs=0.1)


def test_nothing_is_drawn_twice() -> None:
    pictures = Pictures(30, most=90)
    pictures.restrained()
    assert pictures.asked == pytest.approx([90, 45, 22.5, 0], abs=0.1)
