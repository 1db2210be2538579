"""Faces told by maps that are made by hand: what is there, how many, and whether it is in its place."""

import numpy as np
import pytest

from pocket.measures.faces import bare, heads, well_formed
from pocket.witness.network import NOBODY, SEEN, Sighting

Spot = tuple[int, int]


def _told(eyes: list[Spot], mouths: list[Spot], faces: list[Spot] = [(32, 32)]) -> Sighting:  # noqa: B006
    maps = np.zeros((len(SEEN), 64, 64), np.float32)
    for what, spots, radius in (("face", faces, 12), ("eye", eyes, 3), ("mouth", mouths, 3)):
        for x, y in spots:
            maps[SEEN.index(what), y - radius : y + radius + 1, x - radius : x + radius + 1] = 0.9
    return Sighting(maps, NOBODY)


def test_two_eyes_and_a_mouth_below_them_make_a_face() -> None:
    assert well_formed(_told([(26, 30), (38, 30)], [(32, 39)]))
    assert well_formed(_told([(26, 31), (38, 29)], [(33, 37)]))


@pytest.mark.parametrize(
    ("eyes", "mouths"),
    [
        ([(26, 30)], [(32, 39)]),
        ([(26, 30), (38, 30), (32, 20)], [(32, 39)]),
        ([(26, 30), (38, 30)], []),
        ([(26, 30), (38, 30)], [(26, 39), (38, 39)]),
        ([(26, 30), (38, 30)], [(32, 20)]),
        ([(26, 30), (38, 30)], [(46, 39)]),
        ([(26, 30), (38, 44)], [(24, 50)]),
        ([(26, 30), (38, 30)], [(32, 60)]),
        ([], []),
    ],
)
def test_anything_else_does_not(eyes: list[Spot], mouths: list[Spot]) -> None:
    assert not well_formed(_told(eyes, mouths))


def test_specks_are_no_eyes() -> None:
    told = _told([(26, 30), (38, 30)], [(32, 39)])
    told.maps[SEEN.index("eye"), 10:12, 10:12] = 0.9
    assert well_formed(told)


def test_heads_are_counted() -> None:
    assert [heads(_told([], [], faces)) for faces in ([], [(20, 32)], [(15, 32), (48, 32)])] == [0, 1, 2]


def test_somebody_is_bare_who_takes_up_some_of_the_picture() -> None:
    told = _told([], [])
    assert not bare(told)
    told.maps[SEEN.index("bare"), :8, :8] = 0.9
    assert not bare(told)
    told.maps[SEEN.index("bare"), :16, :16] = 0.9
    assert bare(told)
