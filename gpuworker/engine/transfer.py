"""Takes numbers to the device without waiting for it."""

from __future__ import annotations

import torch
from torch import Tensor


def to_device(numbers: Tensor, device: torch.device) -> Tensor:
    """Copy a tensor from the CPU behind what the device was given before.

    A plain copy to a GPU waits until all work queued there is done. One from pinned memory is queued as well.
    """
    if device.type == "cuda":
        try:
            return numbers.pin_memory().to(device, non_blocking=True)
        except RuntimeError:  # the system grants no more of it: slower, and just as right
            pass
    return numbers.to(device)
