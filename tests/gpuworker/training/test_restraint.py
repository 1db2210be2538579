"""How far a word goes from what it began with."""

from __future__ import annotations

import pytest
import torch

from gpuworker.training.restraint import Shown, Vectors, between, restrained

PHRASE: Vectors = (torch.tensor([[0.0, -2.0]]),)
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
    """Four pictures of vectors of some angle: recognised up to one, and most like the subject at another.

    Beyond the farthest angle `beyond` of them are recognised. The phrase lies at -90 degrees.
    """

    def __init__(self, farthest: float, most: float, beyond: int = 0) -> None:
        self.farthest, self.most, self.beyond = farthest, most, beyond
        self.asked: list[float] = []

    def shown(self, vectors: Vectors) -> Shown:
        angle = angle_of(vectors)
        self.asked.append(angle)
        recognised = angle <= self.farthest + 0.1
        return Shown(4 if recognised else self.beyond, 1 - abs(angle - self.most) / 360)

    def restrained(self) -> float:
        return angle_of(restrained(PHRASE, FIRST, LEARNED, self.shown))


@pytest.mark.parametrize(("farthest", "wanted"), [(90, 90), (60, 45), (10, 0), (-10, -90)])
def test_a_word_goes_as_far_as_it_is_recognised(farthest: float, wanted: float) -> None:
    assert Pictures(farthest, most=90).restrained() == pytest.approx(wanted, abs=0.1)


@pytest.mark.parametrize(("most", "wanted"), [(90, 90), (50, 45), (0, 0), (-80, -90)])
def test_a_word_goes_no_farther_than_it_is_like_its_subject(most: float, wanted: float) -> None:
    assert Pictures(90, most).restrained() == pytest.approx(wanted, abs=0.1)


@pytest.mark.parametrize(("beyond", "wanted"), [(3, 90), (2, -90)])
def test_one_picture_of_four_may_be_taken_for_something_else(beyond: int, wanted: float) -> None:
    assert Pictures(-10, most=90, beyond=beyond).restrained() == pytest.approx(wanted, abs=0.1)


def test_what_is_never_recognised_goes_as_far_as_it_is_like_its_subject() -> None:
    assert Pictures(-100, most=90).restrained() == pytest.approx(90, abs=0.1)


def test_nothing_is_drawn_twice() -> None:
    pictures = Pictures(30, most=90)
    pictures.restrained()
    assert pictures.asked == pytest.approx([90, 45, 0, -90], abs=0.1)
    pictures.asked.clear()
    restrained(FIRST, FIRST, LEARNED, pictures.shown)
    assert pictures.asked == pytest.approx([90, 45, 0], abs=0.1)
