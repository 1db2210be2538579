"""The memory that a worker may fill, and its shares."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import torch
from pydantic import ByteSize

_SHARE_OF_GPU = 0.9
"""Of what is free when the worker starts; the rest is for detectors, upscalers and kernels' own needs."""
_SHARE_OF_RAM = 0.8
_FOR_WEIGHTS = 0.5
_PLANNED = 0.9
"""Of the room for passes; the rest is for the latents, prompts and pictures between them."""
_CGROUP_LIMIT = Path("/sys/fs/cgroup/memory.max")


@dataclass(frozen=True)
class Memory:
    """A total of bytes for tensors, half of it for weights and half for what is computed with them.

    A checkpoint that takes more than half is loaded alone and leaves the rest. What a pass may take depends
    on its own checkpoint only, so that no picture depends on what else is loaded.
    """

    total: int

    @classmethod
    def of(cls, device: torch.device) -> Memory:
        """Give the default: most of what is free on the card, or of the RAM that the process may have."""
        if device.type == "cuda":
            return cls.of_card(torch.cuda.mem_get_info(device)[0])
        ram = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
        with suppress(OSError, ValueError):  # no limit reads `max`
            ram = min(ram, int(_CGROUP_LIMIT.read_text()))
        return cls(int(_SHARE_OF_RAM * ram))

    @classmethod
    def of_card(cls, free: int) -> Memory:
        """Give the default on a card with so many bytes free."""
        return cls(int(_SHARE_OF_GPU * free))

    def beside(self, size: int) -> Memory:
        """Give what is left beside something that takes so many bytes; at the least, half."""
        return Memory(max(self.total - size, self.total // 2))

    @property
    def weights(self) -> int:
        """The bytes for the weights of all loaded checkpoints together."""
        return int(_FOR_WEIGHTS * self.total)

    def room(self, weights: int) -> int:
        """Give the bytes for a pass with a checkpoint whose weights take so many bytes."""
        return int(_PLANNED * (self.total - max(self.weights, weights)))

    @staticmethod
    def needed(room: int, weights: int) -> int:
        """Give the total that would leave such room beside such weights."""
        beside = room / _PLANNED
        return int(max(beside + weights, beside / (1 - _FOR_WEIGHTS)))


def readable(size: int) -> str:
    """Write a size in bytes as people read it: 6.0 GB."""
    return ByteSize(size).human_readable(decimal=True, separator=" ")
