"""As many rows at once as fit, in their order."""

from __future__ import annotations

import pytest
import torch

from gpuworker.engine.rows import RowLimit


def test_rows_keep_their_order() -> None:
    def network(rows: torch.Tensor, more: torch.Tensor) -> torch.Tensor:
        if len(rows) > 3:
            raise torch.OutOfMemoryError
        return rows * 10 + more

    limit = RowLimit(16)
    rows = torch.arange(10)
    assert torch.equal(limit.run(network, rows, rows), rows * 11)
    assert limit.rows == 2


def test_what_fits_goes_in_one_pass() -> None:
    passes: list[int] = []

    def network(rows: torch.Tensor) -> torch.Tensor:
        passes.append(len(rows))
        return rows

    RowLimit(4).run(network, torch.arange(10))
    assert passes == [4, 4, 2]


def test_a_single_row_that_does_not_fit_is_an_error() -> None:
    def network(rows: torch.Tensor) -> torch.Tensor:
        raise torch.OutOfMemoryError

    with pytest.raises(torch.OutOfMemoryError):
        RowLimit(4).run(network, torch.arange(3))
