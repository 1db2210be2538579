"""Runs networks of convolutions over a picture in tiles, with the result for the whole, in less memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import product
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from gpuworker.families.replacing import Replacing

_MARGIN = 4
"""The cells along a tile's border that are discarded, as they were computed without what lies beyond it."""
_RAMP = 4
"""The cells after those over which one tile fades into the next."""
_OVERLAP = 2 * _MARGIN + _RAMP
LEAST_TILE = 2 * _OVERLAP
"""In cells a side: smaller tiles are mostly overlap."""


class Cut(NamedTuple):
    """The extent of a tile along one side, in cells, and where the next one begins; None for the last."""

    start: int
    end: int
    next: int | None

    def of(self, per_cell: int) -> slice:
        """Give the extent in a tensor that has `per_cell` numbers for each cell."""
        return slice(self.start * per_cell, self.end * per_cell)

    def share(self, per_cell: int) -> Tensor:
        """Give how much the tile counts at each number, 0 to 1; the shares of all tiles add up to 1."""
        at = self.start + (torch.arange((self.end - self.start) * per_cell) + 0.5) / per_cell
        share = _faded_in(at, self.start) if self.start else torch.ones_like(at)
        return share if self.next is None else share - _faded_in(at, self.next)


def _faded_in(at: Tensor, start: int) -> Tensor:
    return ((at - start - _MARGIN) / _RAMP).clamp(0, 1)


def cuts(length: int, tile: int) -> list[Cut]:
    """Cut a side of `length` cells into tiles of `tile` cells, which must be `LEAST_TILE` or more."""
    starts = [*range(0, max(length - tile, 0), tile - _OVERLAP), max(length - tile, 0)]
    ends = (min(start + tile, length) for start in starts)
    return [Cut(*each) for each in zip(starts, ends, [*starts[1:], None], strict=True)]


def in_tiles(
    network: Callable[[Tensor], Tensor], whole: Tensor, tile: int, per_cell: int, made_per_cell: int
) -> Tensor:
    """Compute `network(whole)` in tiles of `tile` cells a side, from (n, channels, h, w).

    A cell has `per_cell` numbers a side in the input and `made_per_cell` in the output. Convolutions see only
    so far: within their margins, neighbouring tiles agree but for traces. Group normalisation sees all of it,
    and alone would give each tile brightness and colours of its own, which show as stains even across wide
    ramps. So a first round only measures: the sums over all tiles give the means and variances of the whole,
    with which the second round normalises. They are exact up to the first normalisation, and close after it.
    """
    height, width = (side // per_cell for side in whole.shape[-2:])
    places = list(product(cuts(height, tile), cuts(width, tile)))
    norms = _Norms()

    def made(rows: Cut, columns: Cut) -> Tensor:
        with norms.of_tile(rows, columns):
            return network(whole[..., rows.of(per_cell), columns.of(per_cell)])

    for rows, columns in places:
        made(rows, columns)
    norms.settle()
    result = torch.zeros(0)
    for rows, columns in places:
        part = made(rows, columns)
        if not len(result):
            size = height * made_per_cell, width * made_per_cell
            result = torch.zeros(*part.shape[:2], *size, device=part.device)
        down, across = (cut.share(made_per_cell).to(part.device) for cut in (rows, columns))
        there = result[..., rows.of(made_per_cell), columns.of(made_per_cell)]
        there.addcmul_(part.float(), down[:, None] * across)
    return result


class _Sums(NamedTuple):
    """Sums over each picture's groups, (n, groups), of numbers and their squares, and how many there are."""

    numbers: Tensor
    squares: Tensor
    amount: float


class _Norms(Replacing):
    """Normalises groups in tiles: it measures first, and once settled normalises as for the whole."""

    def __init__(self) -> None:
        super().__init__(F.group_norm, self._normalise)
        self._sums: list[list[_Sums]] = []
        """By place in the network, then by tile."""
        self._settled: list[tuple[Tensor, Tensor]] = []
        """Means and variances, (n, groups), by place."""
        self._place = 0

    @contextmanager
    def of_tile(self, rows: Cut, columns: Cut) -> Iterator[None]:
        """Take what the network computes inside as computed on this tile."""
        self._place, self._tile = 0, (rows, columns)
        with self:
            yield

    def settle(self) -> None:
        """Turn what was measured on all tiles into means and variances of the whole."""
        for tiles in self._sums:
            amount = sum(each.amount for each in tiles)
            mean = torch.stack([each.numbers for each in tiles]).sum(0) / amount
            square = torch.stack([each.squares for each in tiles]).sum(0) / amount
            self._settled.append((mean.float(), (square - mean**2).clamp(min=0).float()))

    def _normalise(
        self, numbers: Tensor, groups: int, weight: Tensor, bias: Tensor, eps: float = 1e-5
    ) -> Tensor:
        place, self._place = self._place, self._place + 1
        if not self._settled:
            if place == len(self._sums):
                self._sums.append([])
            self._sums[place].append(self._measured(numbers, groups))
            return F.group_norm(numbers, groups, weight, bias, eps)
        mean, variance = (of.repeat_interleave(len(weight) // groups, 1) for of in self._settled[place])
        scale = weight * torch.rsqrt(variance + eps)
        scale, shift = (each.to(numbers.dtype)[..., None, None] for each in (scale, bias - mean * scale))
        return torch.addcmul(shift, numbers, scale)

    def _measured(self, numbers: Tensor, groups: int) -> _Sums:
        """Sum up a tile (n, channels, h, w), each number counted by the tile's share in the picture there."""
        shares = [
            cut.share(side // (cut.end - cut.start))
            for cut, side in zip(self._tile, numbers.shape[-2:], strict=True)
        ]
        # Of the shares on the CPU: a number from the device would have to be waited for.
        amount = float(shares[0].sum() * shares[1].sum()) * numbers.shape[1] / groups
        down, across = (share.to(numbers.device) for share in shares)

        def summed(values: Tensor) -> Tensor:
            sums: Tensor = ((values @ across) @ down).double()
            return sums.reshape(len(sums), groups, -1).sum(-1)

        numbers = numbers.float()
        return _Sums(summed(numbers), summed(numbers.square()), amount)
