"""Draws and reads pictures in tiles when they do not fit the device in spite of their plan."""

from __future__ import annotations

import logging
from collections.abc import Callable

import torch
from torch import Tensor

from gpuworker.engine.plan import TILES

log = logging.getLogger(__name__)


def in_tiles_that_fit(run: Callable[[int | None], Tensor], tile: int | None) -> Tensor:
    """Give `run(tile)`, with smaller and smaller tiles as long as the device has no room for it.

    Something else may have taken what was free when the plan was made. Raises `torch.OutOfMemoryError` when
    the smallest tiles do not fit.
    """
    for side in (tile, *(each for each in TILES if tile is None or each < tile)):
        try:
            return run(side)
        except torch.OutOfMemoryError as error:
            log.warning("Out of memory in the autoencoder with tiles of %s cells.", side or "all")
            # Its traceback holds the tensors for which there was no room.
            failed = error.with_traceback(None)
    raise failed
