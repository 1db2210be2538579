"""What choices teach."""

from __future__ import annotations

import numpy as np
import pytest

from tasks.taste import Choice, learned, ranked

WIDTH = 64


def choices_of(weights: np.ndarray, count: int, seed: int = 1, *, liked: bool = True) -> list[Choice]:
    """What somebody with these weights chooses, or throws away, of fours of unit vectors."""
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(count):
        pictures = rng.normal(size=(4, WIDTH))
        pictures /= np.linalg.norm(pictures, axis=1, keepdims=True)
        utility = pictures @ weights
        index = int((utility if liked else -utility).argmax())
        found.append(Choice(pictures.astype(np.float32), index, liked))
    return found


def agreement(weights: np.ndarray, held_out: list[Choice]) -> float:
    return float(np.mean([(each.pictures @ weights).argmax() == each.index for each in held_out]))


@pytest.mark.parametrize("liked", [True, False])
def test_what_is_chosen_and_what_is_thrown_away_both_teach(liked: bool) -> None:
    truth = np.random.default_rng(7).normal(size=WIDTH)
    held_out = choices_of(truth, 200, seed=2)
    few, many = (agreement(learned(choices_of(truth, n, liked=liked)), held_out) for n in (20, 200))
    assert few > 0.4, "chance is 0.25, and there are as many directions as choices"
    assert many > 0.7


def test_a_server_that_likes_the_same_helps_whoever_is_new() -> None:
    truth = np.random.default_rng(8).normal(size=WIDTH)
    held_out, own = choices_of(truth, 200, seed=3), choices_of(truth, 5, seed=4)
    server = learned(choices_of(truth, 100, seed=5))
    assert agreement(learned(own, server), held_out) > agreement(learned(own), held_out) + 0.1


def test_pictures_that_are_all_the_same_teach_nothing() -> None:
    same = np.ones((4, WIDTH), np.float32)
    assert (learned([Choice(same, 0)] * 5) == 0).all()


def test_stars_teach_by_what_they_put_above_what() -> None:
    truth = np.random.default_rng(9).normal(size=WIDTH)
    words = np.concatenate([each.pictures for each in choices_of(truth, 10, seed=6)])
    stars = np.digitize(words @ truth, np.quantile(words @ truth, (0.2, 0.4, 0.6, 0.8))) + 1
    held_out = choices_of(truth, 200, seed=7)
    taught = agreement(learned(ranked(stars.tolist(), words)), held_out)
    assert taught > 0.45, "chance is 0.25"
    turned = agreement(learned(ranked((6 - stars).tolist(), words)), held_out)
    assert turned < 0.15
    assert ranked([4, 4], words[:2]) == [], "what has as many stars is neither better nor worse"
