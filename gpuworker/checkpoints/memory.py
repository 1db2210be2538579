"""How much memory the weights of checkpoints may take."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

import torch

_SHARE_OF_GPU = 0.7
"""The rest is for what the networks compute on the way."""
_SHARE_OF_RAM = 0.5
_CGROUP_LIMIT = Path("/sys/fs/cgroup/memory.max")


def default_budget(device: torch.device) -> int:
    """Bytes for weights: a share of the card's memory, or of the RAM that this process may have."""
    if device.type == "cuda":
        _, total = torch.cuda.mem_get_info(device)
        return int(_SHARE_OF_GPU * total)
    ram = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    with suppress(OSError, ValueError):  # no limit reads `max`
        ram = min(ram, int(_CGROUP_LIMIT.read_text()))
    return int(_SHARE_OF_RAM * ram)
