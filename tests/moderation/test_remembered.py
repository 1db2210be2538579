from __future__ import annotations

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from moderation.remembered import Remembered, once


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


def test_many_threads_that_ask_at_once_have_one_answer() -> None:
    asked: list[int] = []

    @once
    def slow() -> object:
        asked.append(1)
        time.sleep(0.1)
        return object()

    with ThreadPoolExecutor(8) as threads:
        found = set(threads.map(lambda _: slow(), range(8)))
    assert (len(found), len(asked)) == (1, 1)


def test_what_failed_is_asked_again() -> None:
    answers = iter([ValueError("wrong"), None])

    @once
    def once_wrong() -> str:
        if error := next(answers):
            raise error
        return "right"

    with pytest.raises(ValueError, match="wrong"):
        once_wrong()
    assert once_wrong() == "right"
