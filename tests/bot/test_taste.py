"""What is noted of choices, and what jobs are given of it."""

from __future__ import annotations

import numpy as np

from bot.taste import choices_in, ratings_in
from storage.clip_vector import ClipVector
from storage.records.taste import Chosen, Rated

ONE, TWO, THREE = (ClipVector.of("pocket-clip", np.eye(3, dtype=np.float32)[place]) for place in range(3))
OTHER = ClipVector.of("clip-vit-l-14", np.ones(5, np.float32))


def test_only_what_one_clip_saw_is_compared() -> None:
    chosen = [
        Chosen("a" * 16, 2, True, (ONE, None, TWO, OTHER)),
        Chosen("b" * 16, 3, True, (ONE, None, TWO, OTHER)),
        Chosen("c" * 16, 0, False, (ONE, None)),
        Chosen("d" * 16, 1, False, (ONE, THREE)),
    ]
    first, second = choices_in(chosen, "pocket-clip")
    assert (first.index, first.liked, len(first.pictures)) == (1, True, 2)
    assert (second.index, second.liked) == (1, False)
    assert (second.pictures[1] == THREE.vector).all()


def test_each_member_puts_words_in_an_order_of_their_own() -> None:
    rated = [
        Rated(1, 5, (ONE, TWO, OTHER)),
        Rated(1, 2, (THREE,)),
        Rated(1, 1, (OTHER,)),
        Rated(2, 1, (ONE,)),
        Rated(2, 1, (TWO,)),
    ]
    (only,) = ratings_in(rated, "pocket-clip")
    assert (only.index, only.liked) == (0, True)
    assert (only.pictures == np.stack([(ONE.vector + TWO.vector) / 2, THREE.vector])).all()
