from __future__ import annotations

from collections import Counter

from moderation.remembered import Remembered


def _counting(most: int) -> tuple[Remembered[int, int], Counter[int]]:
    """Give what remembers the negative of a number, and how often it had to ask for each."""
    asked: Counter[int] = Counter()

    def negative(number: int) -> int:
        asked[number] += 1
        return -number

    return Remembered(negative, most), asked


def test_what_was_asked_before_is_not_asked_again() -> None:
    remembered, asked = _counting(4)
    assert list(map(remembered.__getitem__, [1, 2, 1])) == [-1, -2, -1]
    assert asked == {1: 1, 2: 1}


def test_no_more_is_kept_than_was_asked_for_and_what_is_asked_for_stays() -> None:
    remembered, asked = _counting(100)
    for number in range(1, 1000):
        assert remembered[number] == -number
        assert remembered[0] == 0
        assert len(remembered) + len(remembered._older) <= 100
    assert asked[0] == 1
