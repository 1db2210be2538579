"""What a process holds in memory."""

from __future__ import annotations

import gc
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import psutil
import torch


@dataclass(frozen=True)
class Memory:
    """Bytes: what the process takes of the machine's memory, and what its living tensors take."""

    process: int
    tensors: int

    @classmethod
    def now(cls) -> Self:
        """Measured after a collection of the garbage."""
        gc.collect()
        tensors = (each for each in gc.get_objects() if issubclass(type(each), torch.Tensor))
        storages = (tensor.untyped_storage() for tensor in tensors)
        living = {storage.data_ptr(): storage.nbytes() for storage in storages}
        return cls(psutil.Process().memory_info().rss, sum(living.values()))


def growth(measured: Sequence[Memory]) -> float:
    """By how much, as a share of the first, the worse of the two ever grew."""
    first, *later = measured
    process = max(now.process / first.process for now in later)
    tensors = max(now.tensors / first.tensors for now in later)
    return max(process, tensors) - 1
