"""How models get to compute: at once, or when the engine, which owns the device, gives them a turn."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Protocol, TypeVar

Result = TypeVar("Result")
Item = TypeVar("Item")

_SLICE = 4


class OnDevice(Protocol):
    """Whoever has work done when the device is free for it: the engine."""

    def run(self, work: Callable[[], Result], /) -> Result:
        """Give what the work returns, or raise what it raises."""

    def run_each(self, slices: Iterable[Callable[[], Result]], /) -> list[Result]:
        """Give what each slice of some work returns, or raise what the first one raises that does."""


class AtOnce:
    """Has work done without waiting, for programs in which nothing else wants the device."""

    def run(self, work: Callable[[], Result], /) -> Result:
        """Call the work."""
        return work()

    def run_each(self, slices: Iterable[Callable[[], Result]], /) -> list[Result]:
        """Call the slices."""
        return [do() for do in slices]


AT_ONCE = AtOnce()


def in_slices(items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    """Cut pictures or texts into few enough for a slice of work, about as short as one of the engine's steps.

    Of large models on a CPU even one takes longer; small ones have several slices done in one turn.
    """
    for start in range(0, len(items), _SLICE):
        yield items[start : start + _SLICE]
