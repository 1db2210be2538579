"""How many rows a pass on a GPU is worth, measured on the card that there is."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from weakref import WeakKeyDictionary

import torch

from gpuworker.checkpoints.checkpoint import Checkpoint
from gpuworker.engine.cores import wait_for_device

log = logging.getLogger(__name__)

_IN_LINE = 16
"""Pictures, each of two rows, whose mean wait is to be short: what the seats of a busy worker ask for."""
_LEAST = 2
"""Rows: those of one guided picture."""


def mean_wait(rows: int, seconds: float) -> float:
    """Say how long pictures in a line wait on average for one step, in passes of so many rows and seconds.

    They go through in groups of half as many pictures as there are rows. While a card is not full, a pass of
    more rows takes hardly longer, and larger groups let all go sooner. Once it is full, a pass of twice the
    rows takes twice the time: no more is done in a second, and everybody waits for the last one.
    """
    groups = max(1.0, _IN_LINE / (rows / 2))
    return (groups + 1) / 2 * seconds


def best_rows(seconds_of: Callable[[int], float], most: int) -> int:
    """Give the rows with the shortest wait, of 2, 4, 8 and so on up to `most`.

    `seconds_of` measures a pass of so many rows; what it cannot for want of memory is too many. It is not
    asked further once waits have become longer: they go on doing so.
    """
    waits: dict[int, float] = {}
    rows = _LEAST
    while rows <= most:
        try:
            waits[rows] = mean_wait(rows, seconds_of(rows))
        except torch.OutOfMemoryError:
            break
        if waits[rows] > min(waits.values()):
            break
        rows *= 2
    return _fewest(waits) if waits else most


def _fewest(waits: Mapping[int, float]) -> int:
    return min(waits, key=lambda rows: (waits[rows], rows))


class Saturation:
    """The rows that are best for each checkpoint on this card, measured when it is first planned for.

    They are measured at the size that a checkpoint is for, in the seconds before its first picture. A card is
    filled by cells, so that for other sizes the rows are as many more as the pictures are smaller.
    """

    def __init__(self) -> None:
        self._cells: WeakKeyDictionary[Checkpoint, int] = WeakKeyDictionary()

    def rows(self, checkpoint: Checkpoint, cells: int, most: int) -> int:
        """Give the rows for pictures of so many cells, of which at most `most` fit."""
        if checkpoint.device.type != "cuda":
            return most
        usual = (checkpoint.model.side // checkpoint.model.pixels_per_latent) ** 2
        if checkpoint not in self._cells:
            fit = most * cells // usual
            rows = best_rows(lambda rows: _seconds(checkpoint, rows), max(_LEAST, min(most, fit)))
            log.info("checkpoint %s: passes of %d rows are best on this card", checkpoint.name, rows)
            self._cells[checkpoint] = rows * usual
        return max(_LEAST, min(most, self._cells[checkpoint] // cells)) if most >= _LEAST else most


@torch.inference_mode()
def _seconds(checkpoint: Checkpoint, rows: int) -> float:
    model = checkpoint.model
    side = model.side // model.pixels_per_latent
    latents = torch.zeros(rows, model.latent_channels, side, side, device=checkpoint.device)
    timesteps = torch.full((rows,), 500.0, device=checkpoint.device)
    told = *checkpoint.encode_prompt(((),)), *model.added_conditioning(model.side, model.side, 4.0)
    checkpoint.send_away()  # passes are planned beside what always is there
    conditioning = [each.expand(rows, *each.shape[1:]) for each in told]

    def timed() -> float:
        wait_for_device()
        began = time.perf_counter()
        model.denoise(latents.to(checkpoint.dtype), timesteps, *conditioning)
        wait_for_device()
        return time.perf_counter() - began

    timed()  # the first pass of a shape looks for its kernels
    return min(timed() for _ in range(2))
