"""What bare passes of the networks take, at the best sizes seen: the floor under the engine's steps."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from storage.metrics import FLOOR_SECONDS

_MOST_PENDING = 4096


@dataclass(frozen=True, slots=True)
class _Size:
    """What passes must have in common for their rows to be compared."""

    checkpoint: str
    network: str
    cells: int


class _Clock:
    """Marks moments of a device that is done when a call returns."""

    def mark(self) -> Any:
        """Give this moment."""
        return time.perf_counter()

    def seconds(self, began: Any, ended: Any) -> float | None:
        """Give the time between two marks, None while it is not known."""
        return float(ended - began)


class _GpuClock(_Clock):
    """Marks moments among what a GPU has to do, and never waits for it."""

    def mark(self) -> Any:
        event = torch.cuda.Event(enable_timing=True)  # type: ignore[no-untyped-call]
        event.record()
        return event

    def seconds(self, began: Any, ended: Any) -> float | None:
        return float(began.elapsed_time(ended)) / 1e3 if ended.query() else None


class BarePasses:
    """Times bare passes, and counts how long each of them would have taken at the best size seen so far.

    A row is cheaper in company: the fewest seconds for one row of a checkpoint's network, at a size of
    pictures, are the floor. The share of it in the engine's own time says what is lost to small batches and
    to all that is not a pass. For the engine's thread.
    """

    def __init__(self, device: torch.device, clock: _Clock | None = None) -> None:
        has_events = device.type == "cuda" and torch.cuda.is_available()
        self._clock = clock or (_GpuClock() if has_events else _Clock())
        self._fewest: dict[_Size, float] = {}
        self._pending: deque[tuple[_Size, int, Any, Any]] = deque(maxlen=_MOST_PENDING)

    @contextmanager
    def timed(self, checkpoint: str, network: str, latents: Tensor) -> Iterator[None]:
        """Time a pass of these rows; one that fails tells nothing."""
        began = self._clock.mark()
        yield
        size = _Size(checkpoint, network, latents.shape[-2] * latents.shape[-1])
        self._pending.append((size, len(latents), began, self._clock.mark()))

    def count(self, tell: Callable[[str, float], None] | None = None) -> None:
        """Count the passes that are done among the metrics, or tell each one's checkpoint and seconds."""
        tell = tell or (lambda checkpoint, seconds: FLOOR_SECONDS.labels(checkpoint).inc(seconds))
        while self._pending:
            size, rows, began, ended = self._pending[0]
            if (seconds := self._clock.seconds(began, ended)) is None:
                return
            self._pending.popleft()
            fewest = min(self._fewest.get(size, seconds / rows), seconds / rows)
            self._fewest[size] = fewest
            tell(size.checkpoint, fewest * rows)
