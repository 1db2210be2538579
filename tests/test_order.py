"""Slow files are shared out among the processes that run tests, and lose none of their tests."""

from __future__ import annotations

import pytest

from tests.order import slow_first

FILES = [file for number in range(40) for file in [f"slow {number}" if number % 4 == 0 else number] * 7]
SLOW = {file for file in FILES if isinstance(file, str)}


def blocks(ordered: list[int], processes: int) -> list[list[int]]:
    """What xdist gives to each process to begin with."""
    given = []
    for left in range(processes, 0, -1):
        size = len(ordered) // left
        given.append(ordered[:size])
        ordered = ordered[size:]
    return given


@pytest.mark.parametrize("processes", [1, 2, 3, 8])
def test_each_process_begins_with_its_share_of_the_slow_files(processes: int) -> None:
    ordered = slow_first(FILES, SLOW, processes)
    assert sorted(ordered) == list(range(len(FILES)))
    given = [[FILES[place] for place in block] for block in blocks(ordered, processes)]
    begun = [[file for file in block if file in SLOW] for block in given]
    for block, slow in zip(given, begun, strict=True):
        assert block[: len(slow)] == slow, "they come first"
    counts = [len(set(slow)) for slow in begun]
    assert max(counts) - min(counts) <= 1
    assert sum(counts) == len(SLOW), "each file is in one process"


@pytest.mark.parametrize("count", [0, 1, 5, 20])
def test_of_few_tests_none_is_lost(count: int) -> None:
    assert sorted(slow_first(FILES[:count], SLOW, 3)) == list(range(count))
