"""How models get to compute: at once, or when the engine, which owns the device, gives them a turn."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    import torch

Result = TypeVar("Result")
Item = TypeVar("Item")

_ON_CPU, _ON_GPU = 4, 32


class OnDevice(Protocol):
    """What calls work when the device is free for it, as `Engine.run` does."""

    def __call__(self, work: Callable[[], Result], /) -> Result:
        """Give what the work returns, or raise what it raises."""


def at_once(work: Callable[[], Result], /) -> Result:
    """Call work without waiting, for programs in which nothing else wants the device."""
    return work()


def pieces(items: Sequence[Item], device: torch.device) -> Iterator[Sequence[Item]]:
    """Cut pictures or texts into pieces of work that are about as short as one of the engine's steps.

    A GPU does many in the time of one. A CPU does not, and hardly gains from more than a few at once.
    """
    at_a_time = _ON_GPU if device.type == "cuda" else _ON_CPU
    for start in range(0, len(items), at_a_time):
        yield items[start : start + at_a_time]
