"""How many cores a pass is given."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch

from gpuworker.engine import cores


@pytest.fixture(autouse=True)
def four_cores(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    before = torch.get_num_threads()
    monkeypatch.setattr(cores, "_ALL", 4)
    yield
    torch.set_num_threads(before)


@pytest.mark.parametrize(("rows", "side", "threads"), [(1, 16, 1), (2, 32, 1), (3, 32, 2), (48, 32, 4)])
def test_small_passes_have_few(rows: int, side: int, threads: int) -> None:
    cores.share_out(torch.zeros(rows, 4, side, side))
    assert torch.get_num_threads() == threads


def test_other_work_has_all() -> None:
    cores.share_out(torch.zeros(1, 4, 8, 8))
    cores.use_all_cores()
    assert torch.get_num_threads() == 4
