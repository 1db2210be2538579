"""How many rows fit the device at once."""

from __future__ import annotations

import logging
from collections.abc import Callable

import torch
from torch import Tensor

log = logging.getLogger(__name__)


class RowLimit:
    """The most rows that a network is run on at once; it halves whenever they did not fit."""

    def __init__(self, rows: int) -> None:
        self.rows = rows

    def run(self, network: Callable[..., Tensor], *inputs: Tensor) -> Tensor:
        """Run `network(*inputs)` in as many passes as the limit asks for; every input has its rows first.

        Raises `torch.OutOfMemoryError` when a single row does not fit.
        """
        outputs: list[Tensor] = []
        start, end = 0, len(inputs[0])
        while start < end:
            size = min(self.rows, end - start)
            try:
                outputs.append(network(*(rows[start : start + size] for rows in inputs)))
                start += size
            except torch.OutOfMemoryError:
                if size == 1:
                    raise
                self.rows = size // 2
                log.warning("Out of memory with %d rows at once, going on with %d.", size, self.rows)
        return outputs[0] if len(outputs) == 1 else torch.cat(outputs)
