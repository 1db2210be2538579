"""Work for the device: at once where nothing else wants it, and in pieces that are soon done."""

from __future__ import annotations

import pytest

from gpuworker.models.on_device import AT_ONCE, in_slices


def test_work_is_done_in_order_and_its_results_are_given() -> None:
    done: list[int] = []

    def work(number: int) -> int:
        done.append(number)
        return number**2

    assert AT_ONCE.run(lambda: work(3)) == 9
    assert AT_ONCE.run_each([lambda: work(1), lambda: work(2)]) == [1, 4]
    assert done == [3, 1, 2]


def test_the_first_error_ends_the_work() -> None:
    done: list[int] = []

    def fail() -> None:
        raise LookupError

    with pytest.raises(LookupError):
        AT_ONCE.run_each([lambda: done.append(1), fail, lambda: done.append(3)])
    assert done == [1]


@pytest.mark.parametrize("count", [0, 1, 4, 5, 11])
def test_slices_are_short_and_together_everything(count: int) -> None:
    items = list(range(count))
    slices = list(in_slices(items))
    assert [item for part in slices for item in part] == items
    assert all(1 <= len(part) <= 4 for part in slices)
    assert len(slices) == -(-count // 4)
