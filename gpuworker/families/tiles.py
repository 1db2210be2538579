"""Networks of convolutions over a picture in tiles: what they would make of all of it, in less memory."""

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
"""Cells at a tile's border that are left out: they do not know what is beyond it."""
_RAMP = 4
"""Cells after that over which one tile fades into the next."""
_OVERLAP = 2 * _MARGIN + _RAMP
LEAST_TILE = 2 * _OVERLAP
"""Cells a side: smaller tiles are mostly overlap."""


class Cut(NamedTuple):
    """A tile's extent along one side, in cells, and where the next tile begins; None for the last."""

    start: int
    end: int
    next: int | None

    def of(self, per_cell: int) -> slice:
        """The extent in a tensor that has `per_cell` numbers for a cell."""
        return slice(self.start * per_cell, self.end * per_cell)

    def share(self, per_cell: int) -> Tensor:
        """How much the tile counts at each number, 0 to 1; the shares of all tiles add up to 1."""
        at = self.start + (torch.arange((self.end - self.start) * per_cell) + 0.5) / per_cell
        share = _faded_in(at, self.start) if self.start else torch.ones_like(at)
        return share if self.next is None else share - _faded_in(at, self.next)


def _faded_in(at: Tensor, start: int) -> Tensor:
    return ((at - start - _MARGIN) / _RAMP).clamp(0, 1)


def cuts(length: int, tile: int) -> list[Cut]:
    """Tiles of `tile` cells, `LEAST_TILE` or more, along a side of `length`; the last one ends with it."""
    starts = [*range(0, max(length - tile, 0), tile - _OVERLAP), max(length - tile, 0)]
    ends = (min(start + tile, length) for start in starts)
    return [Cut(*each) for each in zip(starts, ends, [*starts[1:], None], strict=True)]


def in_tiles(
    network: Callable[[Tensor], Tensor], whole: Tensor, tile: int, per_cell: int, made_per_cell: int
) -> Tensor:
    """`network(whole)`, in tiles of `tile` cells a side: (n, channels, h, w) to (n, channels', h', w').

    A cell has `per_cell` numbers a side in what goes in and `made_per_cell` in what comes out. Convolutions
    see only so far; beyond the margin their tiles agree but for traces. Group normalisation sees everything,
    and by itself would give each tile brightness and colours of its own, which even wide ramps show as
    stains. So a first round only measures: the sums of all tiles make the means and variances of the whole,
    and with these the second round draws. They are exact up to the first normalisation and very near after.
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
    """Of the numbers of each picture's groups, (n, groups), and of their squares, and how many there are."""

    numbers: Tensor
    squares: Tensor
    amount: float


class _Norms(Replacing):
    """Group normalisation in tiles: first measured, then, when it is settled, as of the whole."""

    def __init__(self) -> None:
        super().__init__(F.group_norm, self._normalise)
        self._sums: list[list[_Sums]] = []
        """By place in the network, then by tile."""
        self._settled: list[tuple[Tensor, Tensor]] = []
        """Means and variances, (n, groups), by place."""
        self._place = 0

    @contextmanager
    def of_tile(self, rows: Cut, columns: Cut) -> Iterator[None]:
        """The network runs on this tile inside."""
        self._place, self._tile = 0, (rows, columns)
        with self:
            yield

    def settle(self) -> None:
        """All tiles were measured."""
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
        """Of a tile (n, channels, h, w), each number counted with the tile's share in the picture."""
        shares = (
            cut.share(side // (cut.end - cut.start)).to(numbers.device)
            for cut, side in zip(self._tile, numbers.shape[-2:], strict=True)
        )
        down, across = shares

        def summed(values: Tensor) -> Tensor:
            sums: Tensor = ((values @ across) @ down).double()
            return sums.reshape(len(sums), groups, -1).sum(-1)

        numbers = numbers.float()
        amount = float(down.sum() * across.sum()) * numbers.shape[1] / groups
        return _Sums(summed(numbers), summed(numbers.square()), amount)
