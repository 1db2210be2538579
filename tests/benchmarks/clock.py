"""The time that benchmarks take."""

from __future__ import annotations

import time

import torch


def now() -> float:
    """Seconds on a clock that never goes back, once a GPU, where there is one, has done all it was given."""
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    return time.perf_counter()
